/// What happened to a descriptor.
package struct Readiness: OptionSet, Sendable {
    /// The bits of the set.
    package let rawValue: UInt8

    /// Makes a set of its bits.
    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Reading would not block, be it that the stream has ended or is in error.
    package static let readable = Readiness(rawValue: 1)
    /// Writing would not block, be it that there is an error to be had.
    package static let writable = Readiness(rawValue: 2)
    /// The peer has closed its sending half, or all of it (`EPOLLRDHUP`, `EPOLLHUP`).
    package static let hangup = Readiness(rawValue: 4)
    /// The descriptor is in error (`EPOLLERR`): `SO_ERROR` tells which.
    package static let error = Readiness(rawValue: 8)
}
