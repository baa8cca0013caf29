import ImageCache
import Settings

extension UpkeepConfiguration {
    /// The cache's upkeep as the settings have it.
    init(_ values: SettingsValues) {
        let scrubInterval = values[AgentSettings.scrubInterval]
        self.init(
            removesUnused: values[AgentSettings.removeUnused],
            unusedMinimumAge: values[AgentSettings.unusedAge],
            resizedMinimumAge: values[AgentSettings.resizedAge],
            sweepInterval: values[AgentSettings.sweepInterval],
            agesNovaFiles: values[AgentSettings.novaFiles] == .age,
            maximumBytes: values[AgentSettings.maxBytes].map { Int64($0) },
            asksProcesses: values[AgentSettings.openFiles] == .check,
            scrubInterval: scrubInterval > .zero ? scrubInterval : nil,
            scrubRate: values[AgentSettings.scrubRate]
        )
    }
}
