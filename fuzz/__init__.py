"""Damaged videos by the thousand: none may crash, hang or surprise what makes their pictures.

    mutants   what is done to a file, from a seed and a number (decides only)
    files     the files that are damaged: made on the spot, and those of a folder
    child     makes pictures of them, one after another, in a process of its own
    run       watches that process, ends it where it hangs, and begins another after a crash
    report    what a run prints

`make fuzz ARGS="--seed 123"` repeats a run; `--keep FOLDER` leaves there what was not as it has to
be, and `--write 45 FILE` writes one mutant of a seed.
"""
