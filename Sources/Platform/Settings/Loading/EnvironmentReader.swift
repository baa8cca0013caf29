/// Picks our variables from the environment.
struct EnvironmentReader {
    /// Variables with our prefix that are set; an empty one counts as not set, as service managers leave them.
    let variables: [String: String]
    let problems: [SettingsProblem]

    init(_ environment: [String: String], schema: SettingsSchema) {
        let prefix = schema.environmentPrefix + "_"
        let known = Set(schema.definitions.map { $0.environmentName(prefix: schema.environmentPrefix) })
        let ours = environment.filter { $0.key.hasPrefix(prefix) && !$0.value.isEmpty }
        self.variables = ours.filter { known.contains($0.key) }
        self.problems = ours.keys.sorted().compactMap { name in
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
