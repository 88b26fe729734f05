"""The commands: one module each, imported when it is chosen.

Nothing is imported here: whoever asks for help should not wait.
"""
