"""The auditor: a process of its own that hears the whole log and keeps the proofs of it live.

- **Owns** the hash of every message as it was when it was heard, the signed checkpoints, the
  witnesses' countersignatures, and what the last verifications came to. Nothing of an edition.
- **Hears** every message of the log as it is, also what no contract knows.
- **Says** checkpoint signed.
- **Refuses** to sign where a message is missing, or where its own store is not what was signed.
- **Runs with** `python -m sayembara.auditor`. On the log it may read, and say its own.

It is beside the command and not among the services because it is built from what the command
checks with: sayembara/audit.
"""
