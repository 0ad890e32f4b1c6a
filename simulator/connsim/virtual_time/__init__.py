"""Virtual time for client code: what it reads of time is frozen, and its waiting moves the clock.

**Problem.** A client polls for a day before it gives up. A test that waits in real time takes a day; one that mocks
``time.sleep`` tests a client that no user runs, and breaks as soon as a thread, an event loop or a socket time-out is
involved. The client is to run unmodified, at its real pace, and the test is to take milliseconds.

**Solution.** Whatever can wait is replaced while a world is frozen (`frozen`). A wait no longer blocks until the
machine's clock gets there; it registers its deadline with the world's `Coordinator` and blocks without a time limit.
When every party is blocked, the coordinator moves the world's clock to the next moment at which anything happens::

    client code          replacements                   coordinator                world

    time.sleep     --->  threads.sleep            -+
    Event.wait     --->  threads.condition_wait    |
    lock.acquire   --->  locks.lock_acquire        |    all parties wait?
    requests.get   --->  sockets.recv_into         +->  all doors idle?    --->   clock.advance_ns():
    any loop       --->  descriptors.epoll_poll    |    no wait over?             agenda, replies, webhooks
    pool.submit    --->  executors.executor_submit |    no stranger awaited?       |
    signal.alarm   --->  signals                  -+                               |
    time.time()    <---  clocks                   <--------------------------------+

- A *party* is anything that runs client code: the thread that froze the world, threads that a party starts, event loops
  on them, jobs of executors, and ``with clock.busy():`` blocks. A thread that existed before the world was frozen, a
  server's thread and the guard's are not parties: their waits are real.
- The clock *may jump* when no party runs, each door is idle (every request is answered or held back), and no wait is
  over for another reason, such as bytes that lie unread in a socket. It jumps to the earliest deadline of a party or
  item of the agenda, never past it.
- A wait *ends* at its deadline, when it is woken (a notified condition, a callback from another thread), when the world
  is closed (`WorldOver`), or with the error that tells why it can never end: `Deadlock`, `StillPolling`,
  `GuardExpired`.

**What is replaced, and why only that.** The places where CPython and its standard library block: ``time.sleep``,
``select``, ``poll`` and ``epoll`` (on which every event loop in Python rests), reading from sockets and pipes,
``Lock.acquire``, ``SimpleQueue.get``, ``Condition.wait``, ``os.waitpid`` and the alarms of `signal`; and the clocks of
`time` and `datetime`. Functions and types of C are changed in place (`in_place`), so it does not matter where client
code got them from, or when. All of it is put in at the beginning of a world and taken out at its end.

**Strangers.** What is at the other end of a socket or a pipe may be outside virtual time: a database, another mock, a
child process. While something is awaited from it, the clock does not jump; it goes on at the pace of real time
(`strangers`).

**freezegun.** The date that client code reads is the top of freezegun's stack, so that ``freeze_time`` inside or around
a world means what its users expect. What freezegun does beyond that, replacing names and classes, is bypassed; see
``docs/decisions/0007-clocks-are-replaced-in-place.md``.

**Consequences.** Moments are exact to the nanosecond, and there is no grace period that a slow machine could exceed.
One process has one frozen world at a time. A client that computes for a second of real time computes for no virtual
time. Compiled code that calls the operating system itself is not reached: loops that do so are refused (`loops`), and
the guard (`guard`) ends what hangs. ``docs/virtual-time.md`` lists what remains.
"""
