/// What Nova's policy asks permission for, by the names of its rules (nova/policies).
enum NovaRule: String, Sendable {
    case listAggregates = "os_compute_api:os-aggregates:index"
    case createAggregate = "os_compute_api:os-aggregates:create"
    case showAggregate = "os_compute_api:os-aggregates:show"
    case updateAggregate = "os_compute_api:os-aggregates:update"
    case deleteAggregate = "os_compute_api:os-aggregates:delete"
    case addHost = "os_compute_api:os-aggregates:add_host"
    case removeHost = "os_compute_api:os-aggregates:remove_host"
    case setMetadata = "os_compute_api:os-aggregates:set_metadata"
    /// Younger than the rest, hence its other prefix.
    case cacheImages = "compute:aggregates:images"
    case listServices = "os_compute_api:os-services:list"
    case listHypervisors = "os_compute_api:os-hypervisors:list"
    case listHypervisorsInDetail = "os_compute_api:os-hypervisors:list-detail"
    case showHypervisor = "os_compute_api:os-hypervisors:show"
    /// For anyone with a token but agents.
    case listZones = "os_compute_api:os-availability-zone:list"
    case listZonesInDetail = "os_compute_api:os-availability-zone:detail"
}
