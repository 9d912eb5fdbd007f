"""The rules of inbound mail: header block, rewrite, routing, verdicts, notices."""
