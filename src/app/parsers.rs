//! Parsing on threads of its own, where a panic or a deep stack cannot take the process down.
