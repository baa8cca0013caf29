import ArgumentParser
import FoundationEssentials

/// Files that the command line names.
enum LocalFile {
    static func read(_ path: String) throws -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw ValidationError("can't read '\(path)': \(error)")
        }
    }

    static func write(_ bytes: [UInt8], to path: String) throws {
        do {
            try Data(bytes).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw ValidationError("can't write '\(path)': \(error)")
        }
    }
}
