import Glibc
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Telemetry

@Suite("LogOutput")
struct LogOutputTests {
    /// Runs `body` with an output that writes to a file without a name, and gives the lines that came out.
    func lines(
        _ format: LogFormat = .logfmt,
        _ level: Logger.Level = .info,
        isJournal: Bool = false,
        body: (LogOutput) async -> Void
    ) async throws -> [String] {
        var template = Array("/tmp/precache-log-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        unlink(template)
        let output = LogOutput(format: format, level: level, descriptor: descriptor, isJournal: isJournal)
        await body(output)
        output.flush(milliseconds: 60_000)
        lseek(descriptor, 0, SEEK_SET)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(descriptor, &buffer, buffer.count), count > 0 {
            bytes += buffer.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func loggersWriteAtAndAboveTheLevelWithTheirOwnAndTheEventsMetadata() async throws {
        let lines = try await lines { output in
            var logger = output.logger(label: "agent")
            logger[metadataKey: "host"] = "c1"
            logger.debug("not this")
            logger.info("this", metadata: ["task": "t"])
            logger.error("that", metadata: ["host": "c2"])
        }
        #expect(lines.count == 2)
        #expect(lines.first?.hasSuffix(" level=info logger=agent msg=this host=c1 task=t") == true)
        #expect(lines.last?.hasSuffix(" level=error logger=agent msg=that host=c2") == true)
    }

    @Test(arguments: LogFormat.allCases)
    func eachLineBeginsWithItsPriorityWhereTheJournalReads(format: LogFormat) async throws {
        let lines = try await lines(format, .trace, isJournal: true) { output in
            let logger = output.logger(label: "l")
            for level in Logger.Level.allCases { logger.log(level: level, "word") }
        }
        #expect(lines.map { $0.prefix(3) } == ["<7>", "<7>", "<6>", "<5>", "<4>", "<3>", "<2>"])
        #expect(lines.allSatisfy { $0.dropFirst(3).hasPrefix(format == .json ? "{" : "ts=") })
    }

    @Test func theJournalIsKnownByDeviceAndInode() throws {
        var status = stat()
        try #require(fstat(2, &status) == 0)
        #expect(Journal.leads(2, to: "\(status.st_dev):\(status.st_ino)"))
        #expect(!Journal.leads(2, to: "\(status.st_dev):\(status.st_ino + 1)"))
        #expect(!Journal.leads(-1, to: "\(status.st_dev):\(status.st_ino)"))
    }

    @Test func theEventsErrorAndTheProvidersMetadataAreShown() async throws {
        struct Broken: Error, CustomStringConvertible {
            let description = "disk on fire"
        }
        let lines = try await lines(.json) { output in
            var handler = LineLogHandler(
                label: "l",
                output: output,
                metadataProvider: .init { ["request": "r1"] }
            )
            handler.metadata = ["request": "other", "own": "1"]
            let logger = Logger(label: "l") { _ in handler }
            logger.error("bad", error: Broken())
        }
        let tail = #""msg":"bad","error":"disk on fire","own":"1","request":"r1"}"#
        #expect(lines.first?.hasSuffix(tail) == true, "\(lines)")
    }

    @Test func aChangeOfLevelReachesLoggersThatAreThereButNotThoseWithALevelOfTheirOwn() async throws {
        let lines = try await lines { output in
            let logger = output.logger(label: "a")
            var own = output.logger(label: "b")
            own.logLevel = .critical
            output.set(format: .json, level: .debug)
            logger.debug("now")
            own.error("never")
        }
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("{\"ts\":") == true)
    }

    @Test func linesOfManyThreadsStayWhole() async throws {
        let lines = try await lines { output in
            let logger = output.logger(label: "l")
            await withDiscardingTaskGroup { group in
                for task in 0..<4 {
                    group.addTask {
                        for index in 0..<50 {
                            logger.info("m", metadata: ["task": "\(task)", "index": "\(index)"])
                        }
                    }
                }
            }
        }
        #expect(lines.count == 200)
        #expect(lines.allSatisfy { $0.hasPrefix("ts=") && $0.contains(" index=") && $0.contains(" task=") })
    }

    @Test func aReaderThatIsGoneOrStuckDoesntStopTheProgram() async throws {
        await #expect(processExitsWith: .success) {
            signal(SIGPIPE, SIG_IGN)
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0, fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0 else { exit(1) }
            let logger = LogOutput(format: .logfmt, level: .info, descriptor: ends[1]).logger(label: "l")
            // A pipe holds 64 KiB: the last lines find no room.
            for _ in 0..<20 { logger.info("\(String(repeating: "x", count: 4_000))") }
            close(ends[0])
            logger.info("nobody reads this")
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func aStalledPipeHoldsUpNobodyWhatIsDroppedIsCountedAndTold() async throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let (reader, writer) = (ends[0], ends[1])
        let output = LogOutput(format: .logfmt, level: .info, descriptor: writer)
        let logger = output.logger(label: "l")
        // Some 2 MB: a pipe holds 64 KiB, the backlog 1 MiB.
        for _ in 0..<500 { logger.info("\(String(repeating: "x", count: 4_000))") }
        let text = Mutex("")
        let isOver = Latch()
        // A thread of its own: the writer blocks one of Swift's while it flushes, and there may be but two.
        TestThread.start {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while case let count = read(reader, &buffer, buffer.count), count > 0 {
                bytes += buffer.prefix(count)
            }
            text.withLock { [bytes] in $0 = String(decoding: bytes, as: UTF8.self) }
            isOver.open()
        }
        output.flush(milliseconds: 30_000)
        logger.info("last")
        output.flush(milliseconds: 30_000)
        close(writer)
        await isOver.opened()
        let lines = text.withLock { $0 }.split(separator: "\n").map(String.init)
        close(reader)
        let notices = lines.filter { $0.contains("lines dropped") }
        let dropped = notices.compactMap { $0.split(separator: "=").last.flatMap { Int($0) } }.reduce(0, +)
        let whole = lines.filter { $0.contains("msg=xxxx") }.count
        #expect(dropped > 0 && whole > 200, "\(whole) whole, \(dropped) dropped")
        #expect(whole + dropped == 500)
        #expect(lines.last?.hasSuffix("msg=last") == true)
    }

    @Test func bootstrappingTwiceChangesLevelAndFormatInsteadOfEndingTheProgram() async {
        await #expect(processExitsWith: .success) {
            LogOutput.bootstrap(format: .logfmt, level: .error)
            #expect(Logger(label: "a").logLevel == .error)
            LogOutput.bootstrap(format: .json, level: .trace)
            #expect(Logger(label: "b").logLevel == .trace)
        }
    }
}
