import HTTPTypes
import PrecacheAPI
import PrecacheModel

/// Finds the images that a job is asked for: in the catalogue, else in the image service.
struct ImageSearch: Sendable {
    /// Images that the image service is asked for at once.
    private static let width = 8

    let catalogue: any CatalogueRecords
    let imageService: (any ImageRecords)?

    /// Finds them all.
    ///
    /// - Parameter ids: What the request names.
    /// - Returns: The images, each once, in the order of the request; one that was asked for by name comes with its id.
    /// - Throws: 400 `unknown_images` that names all that can't be had, each with the reason; 503
    ///   `image_service_unavailable` if it can't be asked; what the store throws.
    func references(_ ids: [ImageID]) async throws -> [ImageReference] {
        let known = try await catalogue.images(ids)
        let answers = try await ask(ids.filter { known[$0] == nil })
        var (problems, references, seen) = (InputProblems(), [ImageReference](), Set<ImageID>())
        for (index, id) in ids.enumerated() {
            switch known[id].map({ ImageAnswer.found($0.reference) }) ?? answers[id] {
            case .found(let reference):
                if seen.insert(reference.id).inserted { references.append(reference) }
            case .absent(_, let detail):
                problems.add("cache[\(index)].id", "the image '\(id)' can't be had: \(detail)")
            case nil:
                problems.add("cache[\(index)].id", "the image '\(id)' is not in the catalogue")
            }
        }
        guard problems.isEmpty else { throw Problem(problems, code: "unknown_images") }
        return references
    }

    private func ask(_ ids: [ImageID]) async throws(Problem) -> [ImageID: ImageAnswer] {
        guard let imageService, !ids.isEmpty else { return [:] }
        typealias Answer = Result<ImageAnswer, ImageRecordsTrouble>
        let results = await withTaskGroup(of: (ImageID, Answer).self) { group in
            func add(_ id: ImageID) {
                group.addTask {
                    do throws(ImageRecordsTrouble) {
                        return (id, .success(try await imageService.image(id)))
                    } catch {
                        return (id, .failure(error))
                    }
                }
            }
            var rest = ids[...]
            for id in rest.prefix(Self.width) { add(id) }
            rest = rest.dropFirst(Self.width)
            var results: [ImageID: Answer] = [:]
            for await (id, answer) in group {
                results[id] = answer
                if case .success = answer, let next = rest.popFirst() { add(next) }
            }
            return results
        }
        var answers: [ImageID: ImageAnswer] = [:]
        for (id, result) in results {
            do throws(ImageRecordsTrouble) {
                answers[id] = try result.get()
            } catch {
                throw Problem(
                    .serviceUnavailable,
                    "image_service_unavailable",
                    "the image service can't be asked for '\(id)': \(error.detail)"
                )
                .retryAfter(error.retryAfter ?? .seconds(5))
            }
        }
        return answers
    }
}
