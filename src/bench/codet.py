

# Assertions that a model wrote as the continuation of "assert " (CodeT, Chen
# et al. 2022), each once, with how often it was written.
import re


def cut(text, stops):
    at = [k for k in map(text.find, stops) if k >= 0]
    return text[:min(at)] if at else text


def claim(piece, entry):
    """The one assert statement that piece starts with, or None."""
    lines = piece.split("\n")[:LINES_MAX]
    while lines:
        text = "\n".join(lines).strip()
        tree = parse(text)
        if tree is None or len(tree.body) > 1:
            lines.pop()
            continue
        alone = tree.body and isinstance(tree.body[0], ast.Assert)
        return text if alone and entry in text else None
    return None


def tw_generated_asserts(samples, entry, stops, per_sample):
    """[text, count] of the assert statements about entry in a model's
    samples, each the continuation of "assert "; most frequent first."""
    count = {}
    for sample in samples:
        taken = 0
        for piece in re.split(r"(?m)^[ \t]*(?=assert\b)",
                              cut("assert " + sample, stops)):
            text = claim(piece, entry) if entry in piece else None
            if text is None or not piece.startswith("assert"):
                continue
            count[text] = count.get(text, 0) + 1
            taken += 1
            if taken == per_sample:
                break
    return [list(row) for row in sorted(count.items(), key=lambda r: -r[1])]
