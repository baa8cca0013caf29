import HTTPDoor
import HTTPTypes
import PrecacheAPI
import PrecacheModel

/// Finds the images that a job is asked for: in the catalogue, else in the image service.
struct ImageSearch: Sendable {
    /// Images that the image service is asked for at once.
    private static let width = 8

    let catalogue: any InventoryRecords
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
            let found: ImageReference
            if let image = known[id] {
                found = image.reference
            } else {
                switch answers[id] {
                case .found(let reference)?:
                    found = reference
                case .absent(_, let detail)?:
                    problems.add("cache[\(index)].id", "the image '\(id)' can't be had: \(detail)")
                    continue
                case nil:
                    problems.add("cache[\(index)].id", "the image '\(id)' is not in the catalogue")
                    continue
                }
            }
            if seen.insert(found.id).inserted { references.append(found) }
        }
        guard problems.isEmpty else { throw Problem(problems, code: "unknown_images") }
        return references
    }

    private func ask(_ ids: [ImageID]) async throws(Problem) -> [ImageID: ImageAnswer] {
        guard let imageService, !ids.isEmpty else { return [:] }
        let looks = await withTaskGroup(of: Look.self) { group in
            var rest = ids[...]
            for id in rest.prefix(Self.width) { group.addTask { await Look(at: id, in: imageService) } }
            rest = rest.dropFirst(Self.width)
            var looks: [Look] = []
            for await look in group {
                looks.append(look)
                if look.trouble == nil, let next = rest.popFirst() {
                    group.addTask { await Look(at: next, in: imageService) }
                }
            }
            return looks
        }
        var answers: [ImageID: ImageAnswer] = [:]
        for look in looks {
            if let trouble = look.trouble {
                throw Problem(
                    .serviceUnavailable,
                    "image_service_unavailable",
                    "the image service can't be asked for '\(look.id)': \(trouble.detail)"
                )
                .retryAfter(trouble.retryAfter ?? .seconds(5))
            }
            answers[look.id] = look.answer
        }
        return answers
    }

    /// What asking for one image came to: an answer or a trouble.
    private struct Look: Sendable {
        let id: ImageID
        var answer: ImageAnswer?
        var trouble: ImageRecordsTrouble?

        init(at id: ImageID, in service: any ImageRecords) async {
            self.id = id
            do throws(ImageRecordsTrouble) {
                answer = try await service.image(id)
            } catch {
                trouble = error
            }
        }
    }
}
