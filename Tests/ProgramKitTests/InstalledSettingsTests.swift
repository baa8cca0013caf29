import Foundation
import ProgramKit
import Settings
import Telemetry
import Testing

@Suite struct InstalledSettingsTests {
    private static let logLevel = Setting.string("log.level", default: "info", help: "What is logged.")
    private static let logFormat = Setting<LogFormat>.choice("log.format", default: .json, help: "How.")

    /// What `log.level` is, of an installed file, one that the environment names and one that the command does.
    private func level(installed: String?, variable: String? = nil, file: String? = nil) throws -> String {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("precache-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
        for (name, value) in [("installed", installed), ("variable", variable), ("file", file)] {
            try value.map {
                try "[log]\nlevel = \"\($0)\"\n".write(toFile: path(name), atomically: true, encoding: .utf8)
            }
        }
        let daemon = Daemon(
            SettingsSchema(
                program: "sampled",
                environmentPrefix: "SAMPLED",
                settings: [Self.logLevel, Self.logFormat],
                foreignVariables: ["SAMPLED_CONFIG"]
            ),
            installedFile: path("installed"),
            logFormat: Self.logFormat,
            logLevel: Self.logLevel
        )
        return try daemon.settings(
            file: file.map { _ in path("file") },
            environment: variable.map { _ in ["SAMPLED_CONFIG": path("variable")] } ?? [:]
        )[Self.logLevel]
    }

    @Test func whatPackagesInstalledIsReadUnlessAnotherFileIsNamed() throws {
        #expect(try level(installed: nil) == "info")
        #expect(try level(installed: "debug") == "debug")
        #expect(try level(installed: "debug", variable: "notice") == "notice")
        #expect(try level(installed: "debug", variable: "notice", file: "error") == "error")
    }
}
