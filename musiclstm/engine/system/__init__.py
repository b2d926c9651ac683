"""The operating system, for the rooms above; no state.

isolation  starts Python processes that do not find modules in the working folder
priority   real-time priority and garbage collection, for threads with deadlines
file_lock  a file lock that ends with its process
quiet      keeps the error output of C libraries off the terminal
threads    limits numerical libraries to one thread

May import nothing of the engine. `priority.prepare_process` changes the whole process; only `live.models` calls it.
"""
