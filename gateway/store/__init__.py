"""What is kept on disk, and what is done while the disk takes nothing."""
