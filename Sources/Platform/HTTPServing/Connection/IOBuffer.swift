import Glibc

/// Bytes on their way in or out: appended at the end, consumed at the front.
///
/// Belongs to one thread.
final class IOBuffer {
    private(set) var base: UnsafeMutableRawPointer
    private(set) var capacity: Int
    private(set) var start = 0
    private(set) var end = 0

    init(capacity: Int) {
        self.capacity = capacity
        base = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
        base.deallocate()
    }

    var count: Int { end - start }
    var isEmpty: Bool { start == end }

    /// What waits to be consumed; valid until the next change.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base + start, count: end - start) }

    /// Room at the end to write into; report what was written with `didWrite`.
    var room: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: base + end, count: capacity - end)
    }

    func didWrite(_ count: Int) {
        end += count
    }

    func consume(_ count: Int) {
        start += count
        if start == end { clear() }
    }

    func clear() {
        start = 0
        end = 0
    }

    /// Makes room for `count` more bytes: moves what is there to the front, or grows.
    func reserve(_ count: Int) {
        guard capacity - end < count else { return }
        let used = self.count
        if used + count <= capacity {
            memmove(base, base + start, used)
        } else {
            let larger = max(capacity * 2, used + count)
            let grown = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
            memcpy(grown, base + start, used)
            base.deallocate()
            base = grown
            capacity = larger
        }
        start = 0
        end = used
    }

    func append(_ source: UnsafeRawBufferPointer) {
        guard let from = source.baseAddress, !source.isEmpty else { return }
        reserve(source.count)
        memcpy(base + end, from, source.count)
        end += source.count
    }

    func append(_ source: [UInt8]) {
        source.withUnsafeBytes { append($0) }
    }

    func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    func append(byte: UInt8) {
        reserve(1)
        base.storeBytes(of: byte, toByteOffset: end, as: UInt8.self)
        end += 1
    }

    /// Appends a number in decimal or hexadecimal digits.
    func append(number: Int, radix: Int = 10) {
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
            var rest = number
            var index = digits.count
            repeat {
                index -= 1
                let digit = UInt8(truncatingIfNeeded: rest % radix)
                digits[index] = digit < 10 ? 0x30 + digit : 0x57 + digit
                rest /= radix
            } while rest > 0
            append(UnsafeRawBufferPointer(rebasing: digits[index...]))
        }
    }
}
