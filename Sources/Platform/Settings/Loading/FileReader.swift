internal import Glibc
internal import TextForms

/// Reads the settings file: TOML, a table for each part of a key but the last.
struct FileReader {
    let path: String
    let schema: SettingsSchema
    private(set) var values: [String: RawSetting] = [:]
    private(set) var problems: [SettingsProblem] = []
    private(set) var warnings: [String] = []

    init(path: String, schema: SettingsSchema) {
        self.path = path
        self.schema = schema
    }

    mutating func read() {
        do {
            let file = try SmallFile.read(path)
            for entry in try TOMLDocument(file.text).entries { take(entry) }
            if file.isReadableByOthers { warnOfSecrets(mode: file.mode) }
        } catch let fault as SettingFault {
            problems.append(SettingsProblem(.unreadableFile, "settings file \(path) \(fault.text)"))
        } catch let fault as TOMLSyntaxFault {
            let origin = SettingOrigin.file(path: path, line: fault.line)
            problems.append(
                SettingsProblem(.syntax, origin: origin, "\(origin): no valid TOML: \(fault.reason)")
            )
        } catch {
            problems.append(SettingsProblem(.unreadableFile, "settings file \(path): \(error)"))
        }
    }

    private mutating func take(_ entry: TOMLDocument.Entry) {
        let origin = SettingOrigin.file(path: path, line: entry.line)
        let isPlain = entry.path.allSatisfy(TOMLLines.isBareKey)
        guard isPlain, let definition = schema.byKey[entry.path.joined(separator: ".")] else {
            takeUnknown(entry, origin)
            return
        }
        guard let value = entry.value, definition.kind.takes(value) else {
            let type = entry.value?.typeName ?? "a table"
            problems.append(
                SettingsProblem(
                    .wrongType,
                    key: definition.key,
                    origin: origin,
                    "\(definition.key) (\(origin)) is \(type); allowed: \(definition.kind.allowed)"
                )
            )
            return
        }
        let shown = if case .string(let text) = value { TOMLText.quoted(text) } else { value.text }
        values[definition.key] = RawSetting(text: value.text, shown: shown, origin: origin)
    }

    private mutating func takeUnknown(_ entry: TOMLDocument.Entry, _ origin: SettingOrigin) {
        let inside = schema.definitions.filter { $0.key.hasPrefix(entry.name + ".") }
        // A table with nothing in it, as the sample file has them, says nothing and harms nothing.
        if entry.value == nil, !inside.isEmpty { return }
        let hint =
            if let first = inside.first {
                " is a table, with keys such as \(first.key)"
            } else if let meant = NearestName.find(entry.name, in: schema.definitions.map(\.key)) {
                " is no setting; did you mean \(meant)?"
            } else {
                " is no setting of \(schema.program)"
            }
        problems.append(
            SettingsProblem(.unknown, key: entry.name, origin: origin, "\(entry.name) (\(origin))\(hint)")
        )
    }

    private mutating func warnOfSecrets(mode: UInt32) {
        let secrets = schema.definitions.filter { $0.isSecret && values[$0.key] != nil }.map(\.key)
        guard !secrets.isEmpty else { return }
        let octal = String(mode & 0o777, radix: 8)
        warnings.append(
            "\(path) holds secrets (\(secrets.joined(separator: ", "))) and others may read it (mode \(octal)):"
                + " chmod 600 it, or give them by file with KEY_file"
        )
    }
}

/// A small text file read whole, with its mode.
package struct SmallFile {
    /// Neither a settings file nor a secret is larger.
    static let limit = 1 << 20

    let text: String
    let mode: UInt32

    /// Whether anyone on the machine may read it.
    var isReadableByAll: Bool { mode & UInt32(S_IROTH) != 0 }

    /// Whether the file's group or anyone may read it.
    var isReadableByOthers: Bool { mode & UInt32(S_IRGRP | S_IROTH) != 0 }

    /// Reads a file.
    ///
    /// - Throws: ``SettingFault``: what is wrong, as the end of a sentence.
    static func read(_ path: String) throws(SettingFault) -> SmallFile {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SettingFault("cannot be read: \(Self.reason(errno))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw SettingFault("cannot be read: \(Self.reason(errno))")
        }
        return SmallFile(text: try text(of: descriptor), mode: status.st_mode)
    }

    /// A file's bytes, such as a certificate's; blocks.
    ///
    /// - Throws: ``SettingFault``: what is wrong, as the end of a sentence.
    package static func bytes(of path: String) throws(SettingFault) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SettingFault("cannot be read: \(Self.reason(errno))") }
        defer { close(descriptor) }
        return try readAll(descriptor)
    }

    /// Reads an open file to its end; blocks.
    ///
    /// - Throws: ``SettingFault``: what is wrong, as the end of a sentence.
    package static func text(of descriptor: Int32) throws(SettingFault) -> String {
        let bytes = try readAll(descriptor)
        do throws(FileText.Fault) {
            return try FileText.text(of: bytes)
        } catch {
            throw SettingFault(error.words)
        }
    }

    private static func readAll(_ descriptor: Int32) throws(SettingFault) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= limit {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 {
                let code = errno
                if code == EINTR { continue }
                throw SettingFault("cannot be read: \(reason(code))")
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer.prefix(count))
        }
        throw SettingFault("is larger than \(limit) bytes")
    }

    /// The system's words for an error, made without `strerror`'s shared buffer.
    private static func reason(_ code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
