import CCurl
import Glibc

/// glibc has it from 2.34 on, but not for Swift.
@_silgen_name("posix_spawn_file_actions_addclosefrom_np")
private func closeAll(_ actions: UnsafeMutablePointer<posix_spawn_file_actions_t>, _ first: Int32) -> Int32

/// A program run by a test; ended, by its own process id, when the test lets go of it.
package final class ChildProcess {
    package struct Failure: Error {
        let program: String, status: Int32, output: String

        package init(program: String, status: Int32, output: String) {
            (self.program, self.status, self.output) = (program, status, output)
        }
    }

    private let process: pid_t
    private let output: Int32
    private var isReaped = false
    private var isOutputOurs = true

    /// Starts a program from PATH; its two outputs are read together.
    package init(_ arguments: [String]) throws {
        var pipe: [Int32] = [0, 0]
        // A socket pair, since pipe2 is not to be had here, and a pipe that other children inherit never ends.
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &pipe) == 0 else {
            throw Failure(program: "socketpair", status: errno, output: "")
        }
        output = pipe[0]
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, pipe[1], 1)
        posix_spawn_file_actions_adddup2(&actions, pipe[1], 2)
        // A child that lives on would keep others' connections and locks from ending.
        _ = closeAll(&actions, 3)
        var words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child = pid_t()
        let result = posix_spawnp(&child, arguments[0], &actions, nil, &words, environ)
        close(pipe[1])
        process = child
        guard result == 0 else {
            close(pipe[0])
            isReaped = true
            throw Failure(program: arguments[0], status: result, output: "")
        }
    }

    deinit {
        if !isReaped {
            kill(process, SIGKILL)
            _ = reap()
        }
        if isOutputOurs { close(output) }
    }

    /// Reads and drops what else it writes, which would otherwise stop it one day.
    package func discardOutput() {
        isOutputOurs = false
        TestThread.start { [output] in
            var block = [UInt8](repeating: 0, count: 4_096)
            while read(output, &block, block.count) > 0 {}
            close(output)
        }
    }

    /// Runs a program to its end.
    @discardableResult
    package static func run(_ arguments: [String]) throws -> String {
        let child = try ChildProcess(arguments)
        var text = ""
        while let line = child.nextLine() { text += line + "\n" }
        let status = child.reap()
        guard status == 0 else { throw Failure(program: arguments[0], status: status, output: text) }
        return text
    }

    /// The next line of its output; nil at the end.
    package func nextLine() -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1 {
            if byte == 10 { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
        return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
    }

    private func reap() -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        isReaped = true
        return status
    }
}
