"""The built-in behaviours. Each is data: `connsim behaviours` and docs/reference.md print this list.

One module has the behaviours of several protocols, and one module for each protocol its own. A behaviour that imitates
a defect seen in the field names the public report; its sentence says so where the report is about another agent, or
proves less than the behaviour plays.
"""

from connsim.script.behaviours import Catalogue
from connsim.script.catalogue.aries import ARIES
from connsim.script.catalogue.common import COMMON
from connsim.script.catalogue.prism import PRISM
from connsim.script.catalogue.vcx import VCX

BUILT_IN = Catalogue((*COMMON, *PRISM, *VCX, *ARIES))
