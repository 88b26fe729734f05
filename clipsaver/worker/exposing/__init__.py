"""What a worker shows to machines that watch it: figures, whether it lives, whether it works."""
