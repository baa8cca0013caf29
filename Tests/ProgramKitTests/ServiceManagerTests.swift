import Glibc
import Testing

@testable import ProgramKit

@Suite struct ServiceManagerTests {
    /// What one datagram brings to a socket that is bound to a name, an abstract one if it begins with a zero byte.
    private func received(at name: [UInt8], after send: () -> Void) throws -> String {
        let listener = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        try #require(listener >= 0)
        defer { close(listener) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, length) == 0 }
        }
        try #require(isBound)
        send()
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = recv(listener, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        try #require(count >= 0, "nothing came")
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }

    @Test func aStateIsOneDatagramToAPath() throws {
        let path = "/tmp/precache-notify-\(getpid())"
        defer { unlink(path) }
        let text = try received(at: Array(path.utf8)) { ServiceManager.send("READY=1", to: path) }
        #expect(text == "READY=1")
    }

    @Test func anAbstractNameIsOneToo() throws {
        let name = "precache-notify-\(getpid())"
        let text = try received(at: [0] + Array(name.utf8)) {
            ServiceManager.send("STOPPING=1", to: "@\(name)")
        }
        #expect(text == "STOPPING=1")
    }

    @Test func aReloadSaysSinceWhen() throws {
        let lines = ServiceManager.State.reloading.text.split(separator: "\n")
        #expect(lines.first == "RELOADING=1")
        let time = try #require(lines.last.flatMap { Int($0.dropFirst("MONOTONIC_USEC=".count)) })
        #expect(time > 0)
    }

    @Test(arguments: ["", "@", "/tmp/precache-nobody-listens", String(repeating: "x", count: 109)])
    func nobodyThereIsNoFailure(socket: String) {
        ServiceManager.send("READY=1", to: socket)
    }
}
