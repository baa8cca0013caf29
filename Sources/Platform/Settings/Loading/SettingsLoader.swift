import TextForms

/// A value as written in one place, not yet checked.
struct RawSetting: Sendable {
    let text: String
    /// The value as an error shows it.
    let shown: String
    let origin: SettingOrigin
}

/// Brings the layers together: the highest that has a value gives it, then the value is checked.
struct SettingsLoader {
    private struct Found {
        let value: SettingValue
        let origin: SettingOrigin
        /// The layer's place, the highest first.
        let layer: Int
    }

    let schema: SettingsSchema
    private var problems: [SettingsProblem] = []
    private var found: [String: Found] = [:]

    init(schema: SettingsSchema) {
        self.schema = schema
    }

    mutating func load(
        file: String?,
        environment: [String: String],
        arguments: [String]
    ) throws(SettingsError) -> SettingsValues {
        var flags = FlagReader(schema: schema)
        flags.read(arguments)
        let variables = EnvironmentReader(environment, schema: schema)
        var document: FileReader?
        if let file {
            document = FileReader(path: file, schema: schema)
            document?.read()
        }
        problems = (document?.problems ?? []) + variables.problems + flags.problems
        let layers = [flags.values, variables.values, document?.values ?? [:]]
        for definition in schema.definitions { resolve(definition, in: layers) }
        for definition in schema.definitions where definition.isSecret { readSecretFile(of: definition) }
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
        return SettingsValues(
            entries: found.mapValues { SettingsValues.Entry(value: $0.value, origin: $0.origin) },
            definitions: schema.definitions,
            warnings: document?.warnings ?? []
        )
    }

    private mutating func resolve(_ definition: SettingDefinition, in layers: [[String: RawSetting]]) {
        for (index, layer) in layers.enumerated() {
            guard let raw = layer[definition.key] else { continue }
            switch definition.kind.parse(raw.text) {
            case .success(let value):
                found[definition.key] = Found(value: value, origin: raw.origin, layer: index)
            case .failure(let fault):
                // A URL that carries a password is as secret as a secret.
                let isShown = !definition.isSecret && !raw.text.contains("@")
                let shown = isShown ? " = \(raw.shown.prefix(200))" : ""
                report(definition, raw.origin, "\(definition.key)\(shown) (\(raw.origin)) \(fault.text)")
            }
            return
        }
    }

    private mutating func report(_ definition: SettingDefinition, _ origin: SettingOrigin, _ text: String) {
        problems.append(
            SettingsProblem(
                .notAllowed,
                key: definition.key,
                origin: origin,
                "\(text); allowed: \(definition.kind.allowed)"
            )
        )
    }

    /// Of a secret and its file, the one from the higher layer counts; in one layer they contradict each other.
    private mutating func readSecretFile(of definition: SettingDefinition) {
        guard let fileKey = definition.fileDefinition?.key, let file = found[fileKey],
            case .text(let path) = file.value
        else { return }
        if let own = found[definition.key] {
            if own.layer < file.layer {
                found[fileKey] = nil
                return
            }
            if own.layer == file.layer {
                problems.append(
                    SettingsProblem(
                        .conflict,
                        key: definition.key,
                        origin: own.origin,
                        "\(definition.key) and \(fileKey) are both given (\(own.origin); \(file.origin)); keep one"
                    )
                )
                return
            }
        }
        do {
            let value = try Self.secret(definition, at: path)
            found[definition.key] = Found(value: value, origin: file.origin, layer: file.layer)
        } catch {
            problems.append(
                SettingsProblem(
                    .unreadableFile,
                    key: fileKey,
                    origin: file.origin,
                    "\(fileKey) (\(file.origin)): \(path) \(error.text)"
                )
            )
        }
    }

    private static func secret(
        _ definition: SettingDefinition,
        at path: String
    ) throws(SettingFault) -> SettingValue {
        let file = try SmallFile.read(path)
        guard !file.isReadableByAll else {
            throw SettingFault("can be read by every user of this machine; mend it with: chmod o-rwx \(path)")
        }
        var text = file.text[...]
        // In Swift, "\r\n" is one character.
        if text.last == "\n" || text.last == "\r\n" { text = text.dropLast() }
        return try definition.kind.parse(String(text)).get()
    }
}

/// Picks our variables from the environment.
struct EnvironmentReader {
    let values: [String: RawSetting]
    let problems: [SettingsProblem]

    init(_ environment: [String: String], schema: SettingsSchema) {
        let prefix = schema.environmentPrefix + "_"
        // An empty variable counts as not set, as service managers leave them.
        let ours = environment.filter { $0.key.hasPrefix(prefix) && !$0.value.isEmpty }
        var known: Set<String> = []
        var values: [String: RawSetting] = [:]
        for definition in schema.definitions {
            let name = definition.environmentName(prefix: schema.environmentPrefix)
            known.insert(name)
            if let text = ours[name] {
                values[definition.key] = RawSetting(
                    text: text,
                    shown: TOMLText.quoted(text),
                    origin: .environment(name)
                )
            }
        }
        self.values = values
        self.problems = ours.keys.sorted().compactMap { [known] name in
            guard !known.contains(name), !schema.foreignVariables.contains(name),
                !Self.isServiceLink(name.dropFirst(prefix.count))
            else { return nil }
            let meant = NearestName.find(name, in: known.sorted()).map { "; did you mean \($0)?" } ?? ""
            return SettingsProblem(
                .unknown,
                origin: .environment(name),
                "unknown environment variable \(name)\(meant)"
            )
        }
    }

    /// Kubernetes sets these in every pod beside a Service of our name (`docker link` variables); they aren't ours.
    private static func isServiceLink(_ rest: Substring) -> Bool {
        rest == "PORT" || rest == "SERVICE_HOST" || rest == "SERVICE_PORT" || rest.hasPrefix("SERVICE_PORT_")
            || (rest.hasPrefix("PORT_") && rest.dropFirst(5).first?.isNumber == true)
    }
}
