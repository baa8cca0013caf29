import Glibc

extension UnsafeRawBufferPointer {
    /// Where a byte stands next, by memchr(3); nil if it doesn't.
    func offset(of byte: UInt8, from start: Int = 0) -> Int? {
        guard let base = baseAddress, start < count else { return nil }
        return memchr(base + start, Int32(byte), count - start).map {
            base.distance(to: UnsafeRawPointer($0))
        }
    }
}
