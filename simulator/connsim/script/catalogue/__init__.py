"""The behaviours that are built in. Each is data: `connsim behaviours` and docs/reference.md print this list.

One module for what several protocols can show, and one for each protocol. Where a behaviour imitates a defect that
somebody met in the wild, it names the public report; where the report is of another agent, or tells less, its sentence
says so.
"""

from connsim.script.behaviours import Catalogue
from connsim.script.catalogue.aries import ARIES
from connsim.script.catalogue.common import COMMON
from connsim.script.catalogue.prism import PRISM
from connsim.script.catalogue.vcx import VCX

BUILT_IN = Catalogue((*COMMON, *PRISM, *VCX, *ARIES))
