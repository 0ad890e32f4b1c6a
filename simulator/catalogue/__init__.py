"""The behaviours that are built in. Each is data: `connsim behaviours` and the reference print this list.

One module for what several protocols can show, and one for each protocol. Where a behaviour imitates a defect that
somebody met in the wild, it names the public report; where the report is of another agent, or tells less, its sentence
says so.
"""

from simulator.behaviours import Catalogue
from simulator.catalogue.aries import ARIES
from simulator.catalogue.common import COMMON
from simulator.catalogue.prism import PRISM
from simulator.catalogue.vcx import VCX

BUILT_IN = Catalogue((*COMMON, *PRISM, *VCX, *ARIES))
