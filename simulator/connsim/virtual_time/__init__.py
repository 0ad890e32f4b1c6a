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
    requests.get   --->  sockets.recv_into         +->  all parties wait?
    asyncio.sleep  --->  loop.PartySelector        |    all doors idle?    --->   clock.advance_ns():
    pool.submit    --->  executors.executor_submit-+    no wait over?             agenda, replies, webhooks
                                                                                   |
    time.time()    <---  freezegun                <--------------------------------+

- A *party* is anything that runs client code: the thread that froze the world, threads that a party starts, event loops
  on them, jobs of executors, and ``with clock.busy():`` blocks. A thread that existed before the world was frozen, a
  server's thread and the guard's are not parties; for them, every replacement does what the original does.
- The clock *may jump* when no party runs, each door is idle (every request is answered or held back), and no wait is
  over for another reason, such as bytes that lie unread in a socket. It jumps to the earliest deadline of a party or
  item of the agenda, never past it.
- A wait *ends* at its deadline, when it is woken (a notified condition, a callback from another thread), when the world
  is closed (`WorldOver`), or with the error that tells why it can never end: `Deadlock`, `StillPolling`,
  `GuardExpired`.

**What is patched, and why only that.** The replaced primitives are those below which the standard library blocks:
``time.sleep``; ``Condition.wait``, on which events, queues, futures, semaphores and barriers rest; ``Thread.start`` and
``join``; ``socket.recv`` and ``recv_into``; ``Popen._wait``; ``ThreadPoolExecutor`` and its work items; and for asyncio
the loop's selector, the only place where a loop blocks. A bare ``Lock.acquire``, ``SimpleQueue.get`` and TLS sockets
block in C, where nothing can be put in their place: the guard (`guard`) ends the test instead of letting it hang.

What client code *reads* of time is frozen by freezegun, with two adaptations:

- freezegun returns real time to callers that it finds in a list of modules, ``threading`` among them, within the first
  ``call_stack_inspection_limit`` frames. With its default of 5, a client's function that runs as the target of a thread
  would see real time. The limit is 1 while a world is frozen: the direct caller alone decides.
- freezegun replaces each module attribute that is bound to a function of ``time``. A module of connsim that needs the
  real function keeps it in a tuple (`guard`) or takes it from freezegun itself (``core/clock.py``): freezegun searches
  neither containers nor its own modules.

**Consequences.** Moments are exact to the nanosecond, and there is no grace period that a slow machine could exceed.
One process has one frozen world at a time. A client that computes for a second of real time computes for no virtual
time. What is not covered is listed in ``docs/virtual-time.md``.
"""
