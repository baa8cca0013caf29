import Glibc

/// Bytes that wait for the peer: small pieces gathered in a pooled buffer, large ones kept where they are.
struct OutputQueue {
    private enum Segment {
        case buffer(IOBuffer)
        case bytes([UInt8], sent: Int)

        var count: Int {
            switch self {
            case .buffer(let buffer): buffer.count
            case .bytes(let bytes, let sent): bytes.count - sent
            }
        }
    }

    /// Pieces up to this size are copied, so that head and body leave in one call and one TLS record.
    private static let copyLimit = 16_384

    private var front: IOBuffer?
    private var rest: [Segment] = []

    /// How many bytes wait.
    var count: Int { rest.reduce(front?.count ?? 0) { $0 + $1.count } }
    var isEmpty: Bool { front == nil && rest.isEmpty }

    /// The buffer at the end, to append small pieces to.
    mutating func tail(_ context: LoopContext) -> IOBuffer {
        if case .buffer(let buffer)? = rest.last { return buffer }
        if rest.isEmpty, let front { return front }
        let buffer = context.takeBuffer()
        if front == nil, rest.isEmpty {
            front = buffer
        } else {
            rest.append(.buffer(buffer))
        }
        return buffer
    }

    mutating func append(_ bytes: [UInt8], _ context: LoopContext) {
        guard !bytes.isEmpty else { return }
        if bytes.count <= Self.copyLimit {
            tail(context).append(bytes)
        } else {
            rest.append(.bytes(bytes, sent: 0))
        }
    }

    /// Writes until all is gone or the system takes no more.
    ///
    /// `.count` tells how many bytes went in all and that the queue is empty; with `.wouldBlock` some are
    /// left, and `sent` tells how many went.
    mutating func flush(to transport: Transport, _ context: LoopContext, sent: inout Int) -> IOResult {
        while !isEmpty {
            let result = writeOnce(to: transport)
            guard case .count(let count) = result else { return result }
            sent += count
            remove(count, context)
        }
        return .count(sent)
    }

    /// Gives the buffers back and forgets what waits.
    mutating func discard(_ context: LoopContext) {
        if let front { context.recycle(front) }
        front = nil
        for case .buffer(let buffer) in rest { context.recycle(buffer) }
        rest = []
    }

    private func writeOnce(to transport: Transport) -> IOResult {
        withUnsafeTemporaryAllocation(of: iovec.self, capacity: 8) { parts in
            var used = 0
            if let front, !front.isEmpty {
                parts[0] = iovec(iov_base: front.base + front.start, iov_len: front.count)
                used = 1
            }
            return gather(rest[...], parts, used, transport)
        }
    }

    /// Pins the large pieces one inside the other, as deep as there is room, then writes.
    private func gather(
        _ segments: ArraySlice<Segment>,
        _ parts: UnsafeMutableBufferPointer<iovec>,
        _ used: Int,
        _ transport: Transport
    ) -> IOResult {
        guard let first = segments.first, used < parts.count else {
            return transport.write(UnsafeMutableBufferPointer(rebasing: parts[..<used]))
        }
        switch first {
        case .buffer(let buffer):
            parts[used] = iovec(iov_base: buffer.base + buffer.start, iov_len: buffer.count)
            return gather(segments.dropFirst(), parts, used + 1, transport)
        case .bytes(let bytes, let sent):
            return bytes.withUnsafeBytes { pinned in
                parts[used] = iovec(
                    iov_base: UnsafeMutableRawPointer(mutating: pinned.baseAddress.map { $0 + sent }),
                    iov_len: pinned.count - sent
                )
                return gather(segments.dropFirst(), parts, used + 1, transport)
            }
        }
    }

    private mutating func remove(_ count: Int, _ context: LoopContext) {
        var left = count
        if let front {
            let taken = min(left, front.count)
            front.consume(taken)
            left -= taken
            if front.isEmpty {
                context.recycle(front)
                self.front = nil
            }
        }
        while let first = rest.first {
            let taken = min(left, first.count)
            left -= taken
            if taken == first.count {
                if case .buffer(let buffer) = first { context.recycle(buffer) }
                rest.removeFirst()
                continue
            }
            switch first {
            case .buffer(let buffer): buffer.consume(taken)
            case .bytes(let bytes, let sent): rest[0] = .bytes(bytes, sent: sent + taken)
            }
            return
        }
    }
}

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
