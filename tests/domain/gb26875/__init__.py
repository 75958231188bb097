"""GB/T 26875.3: frames, units, times, judgement."""
