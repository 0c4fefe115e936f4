//! Topics, producers, transactions, restore, the group and the embedded broker.
