//! The published contract: CloudEvents, JSON Schema, field by field.
