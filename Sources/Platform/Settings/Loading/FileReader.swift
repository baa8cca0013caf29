/// Reads the settings file: TOML, a table for each part of a key but the last.
struct FileReader {
    let path: String
    let schema: SettingsSchema
    private(set) var values: [String: SettingsLayer.Raw] = [:]
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
        values[definition.key] = SettingsLayer.Raw(text: value.text, shown: shown, origin: origin)
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
