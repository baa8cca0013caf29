import Glibc
package import Logging
package import Settings
package import Telemetry
import TextForms

/// The exit statuses of sysexits.h that our programs use.
package enum ExitStatus {
    package static let ok: Int32 = 0
    /// Anything that isn't named here.
    package static let failure: Int32 = 1
    /// Words on the command line that can't be used (`EX_USAGE`).
    package static let usage: Int32 = 64
    /// Settings that can't be used (`EX_CONFIG`).
    package static let configuration: Int32 = 78

    /// The table of the daemons' `--help`.
    package static let help = """
        Exit status:
          0    done; of a program that serves: it was told to stop
          64   the command line is wrong
          78   the settings, or what they name, can't be used, and another start would find the same
          1    anything else
        """
}

/// What the settings name can't be used, and won't be until somebody changes it: to start again is no use, and the exit
/// status says so.
package struct ConfigurationFault: Error, CustomStringConvertible {
    /// What is wrong, and what mends it.
    package let description: String

    /// Takes an error's words.
    package init(_ error: any Error) { description = "\(error)" }
}

/// A program that serves until it is told to stop: how it reads its settings, what signals do, how it ends.
///
/// Both daemons are this, so that they start, reload and stop alike.
package struct Daemon: Sendable {
    private let schema: SettingsSchema
    private let installedFile: String
    private let logFormat: Setting<LogFormat>
    private let logLevel: Setting<String>

    /// - Parameters:
    ///   - schema: Every setting; the program's name and the prefix of its environment variables are in it.
    ///   - installedFile: Where packages put the settings: what is read, if it is there, when nobody names a file.
    ///   - logFormat: Which of them says how log lines look.
    ///   - logLevel: Which says what is logged.
    package init(
        _ schema: SettingsSchema,
        installedFile: String,
        logFormat: Setting<LogFormat>,
        logLevel: Setting<String>
    ) {
        self.schema = schema
        self.installedFile = installedFile
        self.logFormat = logFormat
        self.logLevel = logLevel
    }

    /// Makes signals harmless, and libdispatch silent; the first thing that a program does.
    ///
    /// A reload that comes before anybody listens has nothing to do: certificates are read later. By default it would end
    /// the program, which systemd takes for a clean end. A peer that has gone shows in the return value of a write.
    package static func begin() {
        signal(SIGHUP, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        // Else it tells syslog at each start that threads have no priorities where setpriority(2) isn't allowed.
        setenv("LIBDISPATCH_LOG", "NO", 0)
    }

    /// What to say of a command's name that was mistyped, so that it isn't taken for a setting.
    ///
    /// - Parameters:
    ///   - arguments: What stands where settings are given as flags.
    ///   - commands: The program's commands.
    /// - Returns: A sentence; nil where the first argument is a flag, or near no command.
    package static func mistyped(_ arguments: [String], among commands: [String]) -> String? {
        guard let word = arguments.first, !word.hasPrefix("-"),
            let meant = NearestName.find(word, in: commands)
        else { return nil }
        return "there is no command '\(word)'; did you mean '\(meant)'?"
    }

    /// Reads and checks all settings; blocks while it reads files.
    ///
    /// - Parameters:
    ///   - file: The settings file; otherwise `<PREFIX>_CONFIG` names it, or it is the installed one, if that is there.
    ///   - environment: The environment.
    ///   - arguments: Flags of settings.
    /// - Returns: The values, with warnings to log.
    /// - Throws: Every problem found.
    package func settings(
        file: String?,
        environment: [String: String] = Daemon.environment,
        arguments: [String] = []
    ) throws(SettingsError) -> SettingsValues {
        try schema.load(
            file: settingsFile(file, environment),
            environment: environment,
            arguments: arguments
        )
    }

    private func settingsFile(_ file: String?, _ environment: [String: String]) -> String? {
        file ?? environment["\(schema.environmentPrefix)_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
            ?? (isInstalled ? installedFile : nil)
    }

    /// Whether the installed file is there, for all that this user can tell: one that can't be read is told of, not passed over.
    private var isInstalled: Bool {
        access(installedFile, F_OK) == 0 || ![ENOENT, ENOTDIR].contains(errno)
    }

    /// Checks the settings and prints them.
    ///
    /// - Parameters:
    ///   - file: The settings file.
    ///   - arguments: Flags of settings.
    ///   - isQuiet: Whether to print what is wrong alone.
    ///   - configure: Checks what no setting can check alone; returns what works but should be mended.
    /// - Returns: The exit status: 0, or 78 for settings that can't be used.
    package func check(
        file: String?,
        arguments: [String],
        isQuiet: Bool,
        configure: (SettingsValues) throws -> [String]
    ) -> Int32 {
        do {
            let values = try settings(file: file, arguments: arguments)
            let warnings = try values.warnings + configure(values)
            for warning in warnings { complain("warning: \(warning)", at: .warning) }
            guard !isQuiet else { return ExitStatus.ok }
            for entry in values.dump() { print("\(entry.key) = \(entry.value)  # \(entry.origin)") }
            return ExitStatus.ok
        } catch {
            complain("\(error)")
            return ExitStatus.configuration
        }
    }

    /// Opens what settings name; blocks.
    ///
    /// - Parameter files: Settings, each with what opens the files that it names.
    /// - Returns: For each that can't be used, its key and why.
    package static func problems(opening files: [(key: String, open: () throws -> Void)]) -> [String] {
        files.compactMap { file in
            do {
                try file.open()
                return nil
            } catch {
                return "\(file.key): \(error)"
            }
        }
    }

    /// Serves until SIGTERM or SIGINT.
    ///
    /// - Parameters:
    ///   - file: The settings file.
    ///   - arguments: Flags of settings.
    ///   - configure: Makes the settings into what `run` needs.
    ///   - run: Serves; ends soon after ``Signals/untilStop(within:reload:)`` has returned.
    /// - Returns: The exit status: 0 after a stop that was asked for, 78 for settings that can't be used and for a
    ///   ``ConfigurationFault``, else 1.
    package func serve<Configuration: Sendable>(
        file: String?,
        arguments: [String],
        configure: (SettingsValues) throws -> Configuration,
        run: @escaping @Sendable (Configuration, Signals) async throws -> Void
    ) async -> Int32 {
        let configuration: Configuration
        let values: SettingsValues
        do {
            values = try settings(file: file, arguments: arguments)
            configuration = try configure(values)
        } catch {
            complain("\(error)")
            return ExitStatus.configuration
        }
        let level = Logger.Level(rawValue: values[logLevel]) ?? .info
        LogOutput.bootstrap(format: values[logFormat], level: level)
        for warning in values.warnings { Logger(label: schema.program).warning("\(warning)") }
        do {
            let tell = { @Sendable in tellOfChanges(since: values, file: file, arguments: arguments) }
            try await Signals.during(reload: tell) { signals in try await run(configuration, signals) }
            return ExitStatus.ok
        } catch {
            Logger(label: schema.program).critical("\(error)")
            return error is ConfigurationFault ? ExitStatus.configuration : ExitStatus.failure
        }
    }

    /// Says at a reload which settings would be others after a start: whoever has changed a file expects something of it.
    private func tellOfChanges(since started: SettingsValues, file: String?, arguments: [String]) {
        let logger = Logger(label: schema.program)
        // A pipe has been read, and its writer is gone: to open it again would wait for ever.
        let files = [settingsFile(file, Self.environment)].compactMap(\.self) + started.secretFiles
        guard !files.contains(where: isReadOnce) else { return }
        do {
            let changed = try settings(file: file, arguments: arguments).keys(differingFrom: started)
            guard !changed.isEmpty else { return }
            logger.warning(
                "settings that have changed wait for a restart; check tells whether they can be used",
                metadata: ["settings": "\(changed.joined(separator: ", "))"]
            )
        } catch {
            logger.warning(
                "the settings can't be used: the next start will fail",
                metadata: ["error": "\(error)"]
            )
        }
    }

    /// Whether it is there and no regular file.
    private func isReadOnce(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    }

    /// Tells people why the program ends, or what should be mended, on standard error; for what comes before there is a log.
    package func complain(_ message: String, at level: Logger.Level = .error) {
        var text = "\(schema.program): \(message)\n"
        if Journal.reads(STDERR_FILENO) {
            text = text.split(separator: "\n").map { "\(Journal.prefix(level))\($0)\n" }.joined()
        }
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// A settings file with every key, explained and commented out.
    package func sampleSettings() -> String { schema.sampleFile() }

    /// The flags of settings, explained.
    package func settingsHelp() -> String { schema.help() }

    /// The environment; the first of variables that share a name counts, as with getenv(3).
    package static var environment: [String: String] {
        var all: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text)
            if let equals = pair.firstIndex(of: "=") {
                let name = String(pair[..<equals])
                if all[name] == nil { all[name] = String(pair[pair.index(after: equals)...]) }
            }
            entry += 1
        }
        return all
    }
}
