/// The settings as given can't be used; every problem found is told at once.
package struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, at least one entry.
    package let problems: [SettingsProblem]

    /// One line for one problem, else a line that counts and one for each.
    package var description: String {
        guard problems.count > 1 else { return "settings: \(problems.first?.description ?? "unusable")" }
        return "settings: \(problems.count) problems\n"
            + problems.map { "  - \($0.description)" }.joined(separator: "\n")
    }
}
