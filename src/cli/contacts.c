/* contacts: pairs of sites by the strength of their couplings, and how many of them a structure has: the command.
 * cli/native.h: distances; contacts_show.c, contacts_write.c: results. */
#include "contacts.h"

#include "base/alloc.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/letters.h"
#include "cli/options.h"

enum { SEPARATION = 5 };

#define AT(member) HOL_AT(hol_contacts_arguments, member)
static const hol_option option_rows[] = {
    {HOL_ARGUMENT("FILE"), AT(file), HOL_TEXT(NULL, "a checkpoint, a run's directory or a config")},
    {HOL_OPTION("top", 't', "N", 1, "Print the first N pairs (default: as many as there are sites)"), AT(top),
     HOL_INTEGER(0, 1, INT32_MAX)},
    {HOL_OPTION("min-separation", 0, "N", 1, "Leave out pairs of sites i, j with |i - j| below N (default 5)"),
     AT(separation), HOL_INTEGER(SEPARATION, 1, INT32_MAX)},
    {HOL_OPTION("with-gap", 0, NULL, 1,
                "Keep the gap's couplings in the norms (default: where the model's alphabet "
                "has a gap, they are left out)"),
     AT(with_gap), HOL_GIVEN},
    {HOL_OPTION("reference", 0, "SEQUENCE", 1,
                "A sequence of the alignment, its letters, a file of which it is the first, or a name in the training "
                "data, whose letters stand "
                "beside the sites and "
                "are compared with the structure's residues"),
     AT(reference), HOL_TEXT(NULL, "a sequence")},
    {HOL_OPTION("csv", 0, NULL, 1, "Print the pairs as comma-separated values"), AT(csv), HOL_GIVEN,
     .excludes = "json"},
    {HOL_OPTION("json", 0, NULL, 1, "Print one JSON object"), AT(json), HOL_GIVEN},
    HOL_NATIVE_ROWS(2, 's'),
    {HOL_OPTION("output", 'o', "OUT", 3,
                "OUT.csv: all pairs; OUT.png: the map, scores above the diagonal, contacts of the structure or the "
                "first pairs below "
                "it. "
                "Any other name is a directory, for contacts.csv, contacts.png, contacts.html and, with a structure, "
                "precision.csv. Existing files are replaced only by their like"),
     AT(output), HOL_TEXT(NULL, "a name")},
};

static const hol_options options = {
    HOL_ROWS(option_rows),
    .usage = "FILE",
    .help =
        "Sorts the pairs of sites of a model that couples its columns in pairs (potts, mrf, fully visible machines) "
        "by the strength of their couplings, and says how many of the strongest are contacts of a structure. FILE "
        "is a checkpoint, a run's directory, or the config of a model that needs no training to have parameters.\v"
        "Scores are Frobenius norms of the couplings in the zero-sum gauge with average-product correction. Sites "
        "are numbered from 1.",
};

static hol_status read_reference(hol_contacts_command *self) {
    hol_status status = HOL_OK;
    const int64_t sites = hol_model_columns(self->source.model);
    if (!self->arguments.reference) return HOL_OK;
    if (self->alphabet.count == 0)
        HOL_TRY(hol_error(HOL_USAGE, "--reference: found a model whose states have no letters, expected none"));
    HOL_TRY(HOL_ALLOCATE(self->reference, sites, "reference"));
    HOL_TRY(hol_cli_read_sequence(self->comm, "--reference", self->arguments.reference, &self->source.info,
                                  self->source.model, &self->alphabet, self->reference));
cleanup:
    return status;
}

/* on rank 0, which alone has the couplings as numbers */
static hol_status find(hol_contacts_command *self) {
    hol_status status = HOL_OK;
    const hol_contacts_arguments *a = &self->arguments;
    HOL_TRY(hol_cli_find_alphabet(self->comm, &self->source.info, self->source.model, &self->alphabet));
    HOL_TRY(read_reference(self));
    self->structure = (hol_native){.comm = self->comm,
                                   .options = a->structure,
                                   .sites = hol_model_columns(self->source.model),
                                   .separation = a->separation,
                                   .may_be_nearer = true,
                                   .alphabet = &self->alphabet,
                                   .reference = self->reference};
    if (a->structure.file) HOL_TRY(hol_native_read(&self->structure));
    const int64_t gap = a->with_gap ? -1 : hol_cli_find_gap(&self->alphabet);
    status = hol_contacts_find(self->source.model, self->source.theta, gap, &self->contacts);
    if (hol_error_code(status) == HOL_USAGE)
        status = hol_error_replace(status, HOL_USAGE, "%s: %s", a->file, hol_error_message(status));
    HOL_TRY(status);
    if (a->separation >= self->contacts.sites)
        HOL_TRY(hol_error(HOL_USAGE, "--min-separation: found %lld, expected less than the %lld sites of %s",
                          (long long)a->separation, (long long)self->contacts.sites, a->file));
    if (a->structure.file) HOL_TRY(hol_native_judge(&self->structure, &self->contacts));
    HOL_TRY(hol_contacts_show(self));
    HOL_TRY(hol_contacts_write(self));
cleanup:
    return status;
}

static void clear(hol_contacts_command *self) {
    hol_native_clear(&self->structure);
    hol_contacts_clear(&self->contacts);
    hol_free(self->reference);
    hol_cli_close_model(&self->source);
}

hol_status hol_command_contacts(hol_comm *comm, hol_result *result, int argc, char **argv) {
    hol_contacts_command self = {.comm = comm, .result = result};
    bool done = false;
    hol_status status = hol_options_parse(comm, &options, result, argc, argv, &self.arguments, &done);
    if (status != HOL_OK || done) return status;
    if (self.arguments.json) hol_result_set_form(result, HOL_FORM_JSON);
    if (self.arguments.csv) hol_result_set_form(result, HOL_FORM_CSV);
    HOL_TRY(hol_contacts_check_output(&self));
    HOL_TRY(hol_cli_open_model(comm, self.arguments.file, 0, NULL, 0, &self.source));
    status = hol_comm_rank(comm) == 0 ? find(&self) : HOL_OK;
    HOL_TRY(hol_comm_agree(comm, status));
cleanup:
    clear(&self);
    return status;
}
