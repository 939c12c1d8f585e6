"""Cell KPIs: the code that the example puts under test."""


def share_below(samples, limit):
    """Percentage of the samples below the limit, 0 without samples."""
    if not samples:
        return 0.0
    return 100.0 * sum(1 for x in samples if x < limit) / len(samples)


def longest_outage(samples, limit):
    """Longest run of consecutive samples below the limit."""
    longest = run = 0
    for x in samples:
        if x < limit:
            run += 1
        else:
            longest = max(longest, run)
            run = 0
    return longest
