"""Replaces functions and methods of C where they are, so that every reference to them is replaced too.

**Problem.** Client code keeps what it uses of time: in default arguments, class attributes, partials, closures and
compiled callers. To replace names in modules, as freezegun does, leaves all of these real: a token cache never expires,
an injected ``sleep`` takes real time.

**Solution.** The object itself is changed, not the names that refer to it.

- A *function* of C, such as ``time.sleep``, is a ``PyCFunctionObject``: a pointer to its definition, and the object
that
  is passed to it as ``self``. For the length of a replacement, the definition says that the function is
  ``PyObject_Call`` of CPython's C API, called as ``PyObject_Call(self, args, kwargs)``, and ``self`` is an object that
  calls ours. So there is no callback from C into ctypes, and exceptions pass as from any other call::

      time.sleep (PyCFunctionObject)                   replaced

      m_ml ---------> "sleep", time_sleep, METH_O      m_ml ---------> "sleep", PyObject_Call, METH_VARARGS|KEYWORDS
      m_self -------> <module 'time'>                  m_self -------> <module 'time'> with a __call__: our function
      vectorcall ---> ...                              vectorcall ---> NULL: CPython then reads m_ml at each call

- A *method* of a type of C, such as ``_thread.lock.acquire``, is an entry of the type's dictionary. Python shows that
  dictionary read-only; the garbage collector hands it out. ``PyType_Modified`` then empties CPython's caches.

**Consequences.** A call costs about 100 ns more. ``self`` stays a module, so that the function is still pickled by its
name. Methods that were bound before their replacement keep the original; `bound_methods` finds them. C code that calls
the operating system without calling a Python object (uvloop, gevent's hub, Rust) is not reached. It works on CPython
with a global interpreter lock only; elsewhere `SUPPORTED` is false, and `connsim.virtual_time.frozen` refuses to
freeze.
"""

import ctypes
import gc
import platform
import sysconfig
import types
from collections.abc import Callable, Iterator
from typing import Any

from connsim.core.machine import COPIES, Machine

Undo = Callable[[], None]


class _Definition(ctypes.Structure):
    """``PyMethodDef``."""

    _fields_ = (("name", ctypes.c_char_p), ("meth", ctypes.c_void_p), ("flags", ctypes.c_int), ("doc", ctypes.c_char_p))


class _Function(ctypes.Structure):
    """``PyCFunctionObject``, the same from Python 3.8 to 3.14."""

    _fields_ = (
        ("refcnt", ctypes.c_ssize_t),
        ("type", ctypes.c_void_p),
        ("definition", ctypes.c_void_p),
        ("self", ctypes.c_void_p),
        ("module", ctypes.c_void_p),
        ("weakrefs", ctypes.c_void_p),
        ("vectorcall", ctypes.c_void_p),
    )


_METH_VARARGS, _METH_KEYWORDS = 1, 2

SUPPORTED = (
    platform.python_implementation() == "CPython"
    and not sysconfig.get_config_var("Py_GIL_DISABLED")  # its objects have another header
    and not sysconfig.get_config_var("Py_TRACE_REFS")
)
"""Whether this interpreter's functions can be replaced in place."""


def copied(function: Any) -> Any:
    """Make a second object of a function of C, which stays what it is when the first one is replaced."""
    make = ctypes.pythonapi.PyCMethod_New
    make.restype = ctypes.py_object
    make.argtypes = (ctypes.c_void_p, ctypes.py_object, ctypes.py_object, ctypes.c_void_p)
    COPIES.append(copy := make(_at(function).definition, function.__self__, function.__module__, None))
    return copy


def _at(function: Any) -> _Function:
    found = _Function.from_address(id(function))
    name = ctypes.cast(found.definition, ctypes.POINTER(_Definition)).contents.name.decode()
    assert name == function.__name__, f"{function!r} is laid out as no known CPython lays it out"
    return found


class Replacement:
    """A function of C and what is called in its place.

    Making one is slow (some 100 microseconds); `put` and the function that it returns are fast.

    Args:
        function: The function of C.
        by: What is called in its place, with the same arguments.
    """

    def __init__(self, function: Any, by: Callable[..., Any]) -> None:
        self._at = _at(function)
        self._function = function
        # A module, because pickle writes a function of C by its name only if its `self` is one.
        shim = type("module", (types.ModuleType,), {"__call__": staticmethod(by)})
        self._self = shim(getattr(function.__self__, "__name__", ""))
        now = ctypes.cast(self._at.definition, ctypes.POINTER(_Definition)).contents
        call = ctypes.cast(ctypes.pythonapi.PyObject_Call, ctypes.c_void_p).value
        self._definition = _Definition(now.name, call, _METH_VARARGS | _METH_KEYWORDS, now.doc)

    def put(self) -> Undo:
        """Replace the function; returns what puts the original back."""
        at = self._at
        before = at.definition, at.self, at.vectorcall
        at.vectorcall = None
        at.self = id(self._self)
        at.definition = ctypes.addressof(self._definition)

        def undo() -> None:
            at.definition, at.self, at.vectorcall = before

        return undo


def replace_method(owner: type, name: str, by: Any) -> Undo:
    """Replace a method of a type of C by a Python function; returns what puts the original back."""
    entries = gc.get_referents(vars(owner))[0]
    missing = object()
    before = entries.get(name, missing)
    modified = ctypes.pythonapi.PyType_Modified
    entries[name] = by
    modified(ctypes.py_object(owner))

    def undo() -> None:
        if before is missing:
            del entries[name]
        else:
            entries[name] = before
        modified(ctypes.py_object(owner))

    return undo


def replace_attribute(owner: Any, name: str, by: Any) -> Undo:
    """Replace an attribute of a Python class or module; returns what puts the original back."""
    inherited = name not in vars(owner)
    before = getattr(owner, name)
    setattr(owner, name, by)
    return lambda: delattr(owner, name) if inherited else setattr(owner, name, before)


def bound_methods(owner: type, names: frozenset[str]) -> Iterator[types.BuiltinFunctionType]:
    """Find methods of C that were bound to a class and kept, such as ``NOW = datetime.now``."""
    for found in gc.get_objects():
        if type(found) is types.BuiltinFunctionType and found.__self__ is owner and found.__name__ in names:
            yield found


if SUPPORTED:
    for _name in ("time_ns", "monotonic", "monotonic_ns", "sleep"):
        setattr(Machine, _name, staticmethod(copied(getattr(Machine, _name))))
