"""The built-in behaviours. Each is data: `connsim behaviours` and docs/reference.md print this list.

`common` has the behaviours of several protocols; each protocol has a module for its own. A behaviour that imitates a
defect seen in the field names the public report. If the report is about another agent, or proves less than the
behaviour shows, the description says so.
"""

from connsim.script.behaviours import Catalogue
from connsim.script.catalogue.aries import ARIES
from connsim.script.catalogue.common import COMMON
from connsim.script.catalogue.prism import PRISM
from connsim.script.catalogue.vcx import VCX

BUILT_IN = Catalogue((*COMMON, *PRISM, *VCX, *ARIES))
