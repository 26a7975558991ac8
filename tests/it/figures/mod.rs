//! The day in numbers: they are those of the lists behind them, for whoever asks.
