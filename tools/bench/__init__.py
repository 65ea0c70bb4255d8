"""`make bench`: how fast the addon is, beside the programs it is compared with. See performance.md.

A measure is a file in ``measures``. Every round of a measure runs all of its sides in turn, so that
what else the machine does meanwhile meets them alike; what counts is the median of the ratios.
"""
