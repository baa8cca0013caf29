import CLinux
import Glibc
import Reactor
import Testing

@Suite(.timeLimit(.minutes(10)))
struct DescriptorTests {
    /// Two ends of a connected, non-blocking socket pair; closed with the value.
    private final class SocketPair: Sendable {
        let near: Int32
        let far: Int32

        init() throws {
            var ends: [Int32] = [0, 0]
            let type =
                Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            try #require(socketpair(AF_UNIX, type, 0, &ends) == 0)
            near = ends[0]
            far = ends[1]
        }

        deinit {
            close(near)
            close(far)
        }

        func send(_ text: String) {
            _ = Array(text.utf8).withUnsafeBytes { write(far, $0.baseAddress, $0.count) }
        }

        func receive() -> String {
            var buffer = [UInt8](repeating: 0, count: 64)
            let count = read(near, &buffer, buffer.count)
            return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        }
    }

    /// Runs `body` on the loop's thread and returns what it returns.
    private func on<T: Sendable>(
        _ loop: EventLoop,
        _ body: @escaping @Sendable () throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            loop.execute { continuation.resume(with: Result { try body() }) }
        }
    }

    @Test func aHandlerHearsOfDataRoomAndThePeersEnd() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let pair = try SocketPair()
        let (stream, events) = AsyncStream.makeStream(of: (Readiness, String).self)
        try await on(loop) {
            _ = try loop.register(pair.near, interest: [.read, .edgeTriggered]) { readiness in
                events.yield((readiness, pair.receive()))
            }
        }
        var iterator = stream.makeAsyncIterator()
        pair.send("hello")
        let first = try #require(await iterator.next())
        #expect(first.0 == .readable)
        #expect(first.1 == "hello")
        shutdown(pair.far, Int32(SHUT_WR))
        let second = try #require(await iterator.next())
        #expect(second.0.isSuperset(of: [.readable, .hangup]))
        #expect(second.1 == "")
    }

    @Test func interestCanBeChangedAndSilenced() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let pair = try SocketPair()
        let (stream, events) = AsyncStream.makeStream(of: String.self)
        try await on(loop) {
            let holder = Holder()
            holder.registration = try loop.register(pair.near, interest: .write) { readiness in
                if readiness.contains(.writable) {
                    events.yield("writable")
                    try? holder.registration?.update(interest: .read)
                } else {
                    events.yield(pair.receive())
                    try? holder.registration?.update(interest: [])
                    loop.schedule(after: .milliseconds(20)) { events.finish() }
                }
            }
        }
        var iterator = stream.makeAsyncIterator()
        #expect(await iterator.next() == "writable")
        pair.send("one")
        #expect(await iterator.next() == "one")
        pair.send("two")
        #expect(await iterator.next() == nil)
    }

    @Test func aCancelledRegistrationIsSilentEvenForAnEventAtHand() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let pairs = [try SocketPair(), try SocketPair()]
        let (stream, events) = AsyncStream.makeStream(of: Int.self)
        try await on(loop) {
            let holders = [Holder(), Holder()]
            for (index, pair) in pairs.enumerated() {
                holders[index].registration = try loop.register(pair.near, interest: .read) { _ in
                    events.yield(index)
                    // Both are ready in the same round; whoever is first silences both.
                    for holder in holders { holder.registration?.cancel() }
                }
            }
            for pair in pairs { pair.send("x") }
            loop.schedule(after: .milliseconds(20)) { events.finish() }
        }
        var count = 0
        for await _ in stream { count += 1 }
        #expect(count == 1)
    }

    @Test func whatEpollRefusesIsThrownWithItsErrno() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let error = try await on(loop) { () -> SystemError? in
            do {
                _ = try loop.register(-1, interest: .read) { _ in }
                return nil
            } catch let error as SystemError {
                return error
            }
        }
        #expect(error?.code == EBADF)
        #expect(error?.description == "epoll_ctl: Bad file descriptor (9)")
    }
}

/// A place for a registration that its own handler uses.
private final class Holder {
    var registration: Registration?
}
