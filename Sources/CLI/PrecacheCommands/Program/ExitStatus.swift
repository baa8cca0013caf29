package import PrecacheClient
package import PrecacheModel

/// How the program ends, for scripts.
///
/// The numbers are part of the contract with programs outside: never change one.
package enum ExitStatus: Int32, Sendable, CaseIterable {
    /// Done; a job that was waited for succeeded.
    case succeeded = 0
    /// Not found, refused, unreadable file, or another failure.
    case other = 1
    /// The job ended partial: some results good, some not. Of `precache coverage --at-least`: it isn't met.
    case partial = 2
    /// The job ended failed or cancelled.
    case failed = 3
    /// The service didn't answer, or doesn't allow this.
    case noAnswer = 4
    /// The command line is wrong (EX_USAGE of sysexits.h).
    case usage = 64
    /// Interrupted with Ctrl-C; a job goes on.
    case interrupted = 130
    /// Nobody reads the output any more (as if by SIGPIPE).
    case outputClosed = 141

    /// The status that a job's state stands for; of a job that hasn't ended, that of what has been asked and done.
    package init(of state: JobState) {
        switch state {
        case .succeeded, .queued, .running: self = .succeeded
        case .partial: self = .partial
        case .failed, .cancelled: self = .failed
        }
    }

    /// The status that a call's failure stands for.
    package init(of error: ClientError) {
        switch error.kind {
        case .noAnswer, .notAllowed: self = .noAnswer
        case .notFound, .refused, .failed, .unreadable: self = .other
        case .input: self = .usage
        case .cancelled: self = .interrupted
        }
    }

    /// The table of `--help`.
    package static let help = """
        Exit status:
          0    done; the job that was waited for succeeded
          2    the job ended partial: some results good, some not; or coverage is below --at-least
          3    the job ended failed or cancelled
          4    the service didn't answer, or doesn't allow this
          64   the command line is wrong
          1    anything else, for example: no such job, or a file that can't be read
          130  interrupted; a job that was waited for goes on
        """
}

/// Words for failures, line by line.
enum ErrorText {
    /// A failed call: what happened, the request id, and what to do next.
    ///
    /// What is wrong with the only refused field is said once, in place of the service's sentence about it.
    static func lines(_ error: ClientError) -> [String] {
        var error = error
        if error.isOfFields, let cut = error.message.firstIndex(of: ":") {
            error.message = String(error.message[..<cut])
            if error.fields.count == 1 { error.message = plain(error.fields.removeFirst()) }
        }
        return lines(error) { TerminalText.escaped(plain($0)) }
    }

    /// The same with each refused field in the caller's words.
    static func lines(_ error: ClientError, field: (ClientError.Field) -> String) -> [String] {
        var first = "precache: " + TerminalText.escaped(error.message)
        let marks = [error.code, error.status.map { "\($0)" }].compactMap { $0 }
        if !marks.isEmpty { first += " (" + TerminalText.escaped(marks.joined(separator: ", ")) + ")" }
        var lines = [first]
        lines += error.fields.map { "  " + field($0) }
        if let id = error.requestID { lines.append("  request id: " + TerminalText.escaped(id)) }
        if let hint = error.hint { lines.append("  " + hint) }
        return lines
    }

    /// A field's name, unless only those who write JSON know it, and what is wrong with it.
    private static func plain(_ field: ClientError.Field) -> String {
        let isOfWire = field.field.isEmpty || field.field.hasPrefix("cache[")
        return isOfWire ? field.message : "\(field.field): \(field.message)"
    }
}
