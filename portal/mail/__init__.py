"""Mail: written into an outbox with the change, sent by SMTP afterwards."""
