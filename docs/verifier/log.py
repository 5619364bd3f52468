"""The log for itself: signatures, tree, commitments, older checkpoints and other copies."""

import re

from .record import read_leaf
from .signing import Key, Tree, leaf_hash, sha256


def check_log(record, report, key=None, kept=None, other=None, receipt=None):
    own, checkpoints = check_signatures(record, report, key)
    manifest, leaves = record["manifest"], record["leaves"]
    gap = next((at for at, leaf in enumerate(leaves) if leaf["position"] != at), None)
    report.expect("gaps", gap is None and len(leaves) == manifest["size"], f"leaf {gap} is missing")
    kept_checkpoint = None
    if kept is not None and own is not None:
        try:
            kept_checkpoint = own.checkpoint(kept)
        except (ValueError, AttributeError) as error:
            report.expect("checkpoint", False, f"the checkpoint that was kept: {error}")

    tree, roots = Tree(), {}
    wanted = {size for size, _ in checkpoints} | {size for size, _ in [kept_checkpoint or (0, None)]}
    roots[0] = tree.root()
    for leaf in leaves:
        tree.append(leaf_hash(leaf["text"]))
        if tree.size in wanted:
            roots[tree.size] = tree.root()
    report.expect("root", tree.root().hex() == manifest["root"], "the leaves do not give the root in the manifest")
    last = 0
    for size, root in checkpoints:
        report.expect("root", roots.get(size) == root and size > last,
                      f"the leaves do not give the checkpoint of size {size}")
        last = size
    report.expect("root", last == len(leaves), "the last checkpoint does not cover all leaves")
    if kept_checkpoint is not None:
        size, root = kept_checkpoint
        report.expect("checkpoint", roots.get(size) == root,
                      "the log did not grow out of the checkpoint that was kept")
    check_commitments(manifest, leaves, report)
    if other is not None:
        check_other_copy(record, other, report)
    if receipt is not None and own is not None:
        check_receipt(record, own, receipt, report)


def check_receipt(record, own, receipt, report):
    try:
        promised = own.promise(receipt)
    except (ValueError, AttributeError) as error:
        report.expect("receipt", False, f"the receipt: {error}")
        return
    report.expect("receipt", any(leaf_hash(leaf["text"]) == promised for leaf in record["leaves"]),
                  "the entry that the receipt promises is not here; if the record is younger than the receipt, "
                  "the server broke its word")


def check_signatures(record, report, key):
    """The record's own key, and size and root of each checkpoint that it signed."""
    manifest, checkpoints = record["manifest"], []
    try:
        own = Key(manifest["public_key"])
    except (ValueError, AttributeError):
        report.expect("signatures", False, "the manifest's public key is not a key")
        return None, []
    report.expect("signatures", own.name == manifest["origin"], "the public key is not one of this log")
    if key is not None:
        report.expect("signatures", key == own.text, "the record was signed with another key")
    for number, line in enumerate(record["checkpoints"], 1):
        try:
            checkpoints.append(own.checkpoint(line["note"]))
            report.held["signatures"] += 1
        except (ValueError, AttributeError) as error:
            report.expect("signatures", False, f"checkpoint {number}: {error}")
    if not checkpoints:
        report.expect("signatures", False, "there is no checkpoint that the key signed")
    return own, checkpoints


def check_commitments(manifest, leaves, report):
    withheld = 0
    for line in leaves:
        leaf = read_leaf(line)
        if leaf is None:
            report.expect("commitments", False, f"leaf {line['position']} is not in the format")
            continue
        withheld += max(0, len(leaf["sealed"]) - len(line["openings"]))
        for name, opening in line["openings"].items():
            good = False
            if isinstance(opening["salt"], str) and re.fullmatch("[0-9a-f]{64}", opening["salt"]):
                hash_ = sha256(bytes.fromhex(opening["salt"]) + opening["text"].encode())
                good = leaf["sealed"].get(name) == hash_.hex()
            report.expect("commitments", good, f"leaf {line['position']}: {name} is not what was sealed")
    form = "redacted" if withheld else "full"
    report.expect("commitments", (manifest["withheld"], manifest["form"]) == (withheld, form),
                  "the manifest counts other commitments as not opened")


def check_other_copy(record, other, report):
    same_log = all(record["manifest"][field] == other["manifest"][field] for field in ("origin", "public_key"))
    report.expect("other_copy", same_log, "the other copy is of another log")
    differs = any(one["text"] != two["text"] for one, two in zip(record["leaves"], other["leaves"]))
    report.expect("other_copy", not differs, "a leaf is another one in the other copy")
