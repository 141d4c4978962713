"""The same pipe on an existing engine: one run on many processes by torchrun, many trials of a study as Ray tasks. What
it needs is loaded when it is asked for; the program works without it.
"""
