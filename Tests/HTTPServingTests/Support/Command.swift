import CLinux
import Glibc
import Reactor

/// A program run to its end: curl, openssl.
struct Command: Sendable {
    let status: Int32
    let output: String
    let errors: String

    /// Runs a program found in `PATH`, with nothing on its standard input.
    static func run(_ arguments: [String], directory: String? = nil) async throws -> Command {
        let lane = try BlockingLane(name: "command")
        defer { lane.stop() }
        let place = directory.map { ["env", "-C", $0] } ?? []
        return try await lane.run { try runBlocking(place + arguments) }
    }

    private static func runBlocking(_ arguments: [String]) throws -> Command {
        var template = Array("/tmp/precache-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError(call: "mkdtemp") }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            unlink("\(folder)/out")
            unlink("\(folder)/err")
            rmdir(folder)
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "\(folder)/out", O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, "\(folder)/err", O_WRONLY | O_CREAT, 0o600)
        // The lane's thread blocks all signals, which a child would inherit.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var child = pid_t()
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        let code = posix_spawnp(&child, arguments[0], &actions, &attributes, &pointers, environ)
        guard code == 0 else { throw SystemError(call: "posix_spawn \(arguments[0])", code: code) }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        let exit = status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f)
        return Command(status: exit, output: contents("\(folder)/out"), errors: contents("\(folder)/err"))
    }

    private static func contents(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { return String(decoding: all, as: UTF8.self) }
            all += buffer.prefix(count)
        }
    }
}
