import Glibc

/// The size of the terminal behind a descriptor.
enum TerminalSize {
    /// Its columns now, or nil if it isn't a terminal or doesn't say.
    static func columns(of descriptor: Int32) -> Int? {
        guard isatty(descriptor) == 1 else { return nil }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}
