"""Fuzz: damaged and hostile input at every edge, `make fuzz`.

python -m tests.fuzz [TARGET …] runs the targets one after another, each in a process of its own, and prints one table:
how many inputs were taken, how many refused, the slowest, the growth of memory, and what failed. Inputs come from
Atheris, which mutates the seeds towards code that no input has reached. Whatever fails is kept under build/fuzz, and
belongs into `findings`, which the ordinary tests run, once it is mended.

targets   what is fuzzed: seeds, the function that must survive, and how often
run       one target: counts, watches time and memory, keeps what fails
"""
