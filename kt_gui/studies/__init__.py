"""Plain numbers about runs: what differs, how groups fare, who is better; what a study asks for, and what it says.

No torch, no Qt, no files.
"""

from kt_gui.studies.choosing import one_standard_error as one_standard_error
from kt_gui.studies.gains import paired_gain as paired_gain
from kt_gui.studies.gains import sign_flip as sign_flip
from kt_gui.studies.gains import transfer_curve as transfer_curve
