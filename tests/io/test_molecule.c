/* molecule: the same chain from both formats, with all that files have in them, and every mistake with its line. */
#define HOL_TEST_COLLECTIVE ""
#include "support.h"

#include "io/molecule.h"

/* Two chains; of A: GLY 5 with hydrogen, ALA 6 in two locations, SER 6A inserted, MSE 8 as HETATM (7 is missing), and
 * behind TER a water and a ligand of the same number as a residue; a second model. */
static const char pdb[] = "HEADER    TEST\n"
                          "REMARK    short\n"
                          "MODEL        1\n"
                          "ATOM      1  N   GLY A   5       1.000   0.000   0.000  1.00 10.00           N  \n"
                          "ATOM      2  CA  GLY A   5       2.000   0.000   0.000  1.00 10.00           C  \n"
                          "ATOM      3  HA2 GLY A   5       2.000   0.000   1.000  1.00 10.00           H  \n"
                          "ATOM      4  CA AALA A   6       3.000   0.000   0.000  0.40 10.00           C  \n"
                          "ATOM      5  CA BALA A   6       4.000   0.000   0.000  0.60 10.00           C  \n"
                          "ATOM      6  CB AALA A   6       3.000   1.000   0.000  0.50 10.00           C  \n"
                          "ATOM      7  CB BALA A   6       4.000   1.000   0.000  0.50 10.00           C  \n"
                          "ATOM      8  CA  SER A   6A      5.000   0.000   0.000\n"
                          "HETATM    9  CA  MSE A   8      -6.500   0.000   0.000  1.00 10.00           C  \r\n"
                          "HETATM   10 SE   MSE A   8       6.000   1.000   0.000  1.00 10.00          SE  \n"
                          "TER      11      MSE A   8\n"
                          "ATOM     12  CA  TRP B   1       9.000   9.000   9.000  1.00 10.00           C  \n"
                          "TER\n"
                          "HETATM   13  O   HOH A   5       7.000   0.000   0.000  1.00 10.00           O  \n"
                          "HETATM   14  CA   CA A   9       7.000   0.000   0.000  1.00 10.00          CA  \n"
                          "ENDMDL\n"
                          "MODEL        2\n"
                          "ATOM      1  CA  GLY A  99       1.000   0.000   0.000  1.00 10.00           C  \n"
                          "ENDMDL\nEND\n";

static const char mmcif[] =
    "# a comment\n"
    "data_TEST\n"
    "_entry.id   TEST\n"
    "_struct.title 'it''s \"loop_\" in a title'\n"
    "_struct.text\n;loop_\n_atom_site.Cartn_x\n;\n"
    "loop_\n_other.a\n_other.b\n1 2\n3 'x y'\n"
    "loop_\n_atom_site.group_PDB\n_atom_site.type_symbol\n_atom_site.label_atom_id\n_atom_site.label_alt_id\n"
    "_atom_site.label_comp_id\n_atom_site.label_asym_id\n_atom_site.label_seq_id\n_atom_site.pdbx_PDB_ins_code\n"
    "_atom_site.Cartn_x\n_atom_site.Cartn_y\n_atom_site.Cartn_z\n_atom_site.occupancy\n_atom_site.auth_seq_id\n"
    "_atom_site.auth_asym_id\n_atom_site.pdbx_PDB_model_num\n"
    "ATOM   N  N   . GLY X 1 ? 1 0 0 1.00 5 A 1\n"
    "ATOM   C  CA  . GLY X 1 ? 2 0 0 1.00 5 A 1\n"
    "ATOM   H  HA2 . GLY X 1 ? 2 0 1 1.00 5 A 1\n"
    "ATOM   C  CA  A ALA X 2 ? 3 0 0 0.40 6 A 1\n"
    "ATOM   C  CA  B ALA X 2 ? 4 0 0 0.60 6 A 1\n"
    "ATOM   C  CB  A ALA X 2 ? 3 1 0 0.50 6 A 1\n"
    "ATOM   C  CB  B ALA X 2 ? 4 1 0 0.50 6 A 1\n"
    "ATOM   C  CA  . SER X 3 A 5 0 0 ?    6 A 1\n"
    "HETATM C  'CA' . MSE X 5 ? -6.5 0 0 1.0 8 A 1\n"
    "HETATM SE \"SE\" . MSE X 5 ? 6 1 0 1.0 8 A 1\n"
    "ATOM   C  CA  . TRP Y 1 ? 9 9 9 1.0 1 B 1\n"
    "HETATM O  O   . HOH Z . ? 7 0 0 1.0 5 A 1\n"
    "HETATM CA CA  . CA  W . ? 7 0 0 1.0 9 A 1\n"
    "ATOM   C  CA  . GLY X 9 ? 1 0 0 1.0 99 A 2\n"
    "#\nloop_\n_tail.a\n1\n";

static void check_chain_a(const hol_molecule *m) {
    static const struct {
        int number;
        char insertion, letter;
        int atoms;
        double center[3];
    } expected[] = {{5, ' ', 'G', 2, {2, 0, 0}},
                    {6, ' ', 'A', 2, {3, 1, 0}}, /* CB, the first of equal occupancy */
                    {6, 'A', 'S', 1, {5, 0, 0}},
                    {8, ' ', 'M', 2, {-6.5, 0, 0}}};
    assert_string_equal(m->chain, "A");
    assert_string_equal(m->chains, "A (4 residues), B (1)");
    assert_int_equal(m->count, 4);
    for (int r = 0; r < 4; r++) {
        const hol_residue *residue = &m->residues[r];
        assert_int_equal(residue->number, expected[r].number);
        assert_int_equal(residue->insertion, expected[r].insertion);
        assert_int_equal(residue->letter, expected[r].letter);
        assert_int_equal(residue->atoms, expected[r].atoms);
        assert_true(residue->center >= 0);
        for (int d = 0; d < 3; d++) assert_true(m->atoms[residue->center].at[d] == expected[r].center[d]);
    }
    assert_true(m->atoms[m->residues[1].first_atom].at[0] == 4); /* CA at B, of higher occupancy */
}

static void test_read_pdb_and_mmcif_alike(void **state) {
    (void)state;
    hol_molecule m;
    assert_int_equal(hol_molecule_recognize(pdb), HOL_MOLECULE_PDB);
    assert_int_equal(hol_molecule_recognize(mmcif), HOL_MOLECULE_MMCIF);
    assert_int_equal(hol_molecule_recognize("1 2 3.5\n"), HOL_MOLECULE_NONE);
    assert_int_equal(hol_molecule_recognize("#"), HOL_MOLECULE_NONE);
    assert_int_equal(hol_molecule_recognize("1 2 3 # ATOM  HETATM\n"), HOL_MOLECULE_NONE);
    assert_int_equal(hol_molecule_recognize("PARENT N/A\nATOM      1\n"), HOL_MOLECULE_PDB);
    assert_int_equal(hol_molecule_recognize("loop_\n_atom_site.id\n"), HOL_MOLECULE_MMCIF);
    for (int k = 0; k < 4; k++) {
        assert_ok(hol_molecule_read("x", k % 2 ? mmcif : pdb, k / 2 ? "A" : NULL, &m));
        check_chain_a(&m);
        hol_molecule_clear(&m);
        assert_ok(hol_molecule_read("x", k % 2 ? mmcif : pdb, " B", &m));
        assert_int_equal(m.count, 1);
        assert_int_equal(m.residues[0].letter, 'W');
        hol_molecule_clear(&m);
        assert_refused(hol_molecule_read("x.pdb", k % 2 ? mmcif : pdb, "Q", &m), HOL_USAGE,
                       "--chain: found \"Q\", expected a chain of x.pdb: A (4 residues), B (1)");
        hol_molecule_clear(&m);
    }
}

static void test_read_refuses(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"ATOM      1  N   GLY A   5       1.000   0.0\n", "x:1: found an atom in 44 columns, expected 54 at least"},
        {"HEADER\nATOM      1  N   GLY A  x5       1.000   0.000   0.000\n", "x:2: found \"  x5\" in columns 23 to 26"},
        {"ATOM      1  N   GLY A   5       1.0y0   0.000   0.000\n", "x:1: found \"   1.0y0\" in columns 31 to 38"},
        {"HEADER\n", "x: found no residue's atoms"},
        {"ATOM      1  O   HOH A   5       1.000   0.000   0.000\n", "x: found no residue's atoms"},
        {"data_x\n", "x: found no residue's atoms"},
        {"data_x\nloop_\n_atom_site.Cartn_x\n1\n", "x:4: found atoms without _atom_site.label_atom_id"},
        {"data_x\nloop_\n_atom_site.label_atom_id\n_atom_site.label_comp_id\n_atom_site.label_asym_id\n"
         "_atom_site.label_seq_id\n_atom_site.Cartn_x\n_atom_site.Cartn_y\n_atom_site.Cartn_z\nCA GLY A 1 1 2 3\nCA "
         "GLY "
         "A 2 1 2\n",
         "x:11: found an atom of 6 values, expected 7 (is the file cut?)"},
        {"data_x\nloop_\n_atom_site.label_atom_id\n_atom_site.label_comp_id\n_atom_site.label_asym_id\n"
         "_atom_site.label_seq_id\n_atom_site.Cartn_x\n_atom_site.Cartn_y\n_atom_site.Cartn_z\nCA GLY A 1 1 2 z\n",
         "x:10: found \"z\" as _atom_site.Cartn_z, expected a coordinate"},
    };
    hol_molecule m;
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        assert_refused(hol_molecule_read("x", wrong[k].text, NULL, &m), HOL_BAD_INPUT, wrong[k].says);
        hol_molecule_clear(&m);
    }
}

static void test_letters_of_residues(void **state) {
    (void)state;
    assert_int_equal(hol_molecule_letter("ALA"), 'A');
    assert_int_equal(hol_molecule_letter("trp"), 'W');
    assert_int_equal(hol_molecule_letter("DG"), 'G');
    assert_int_equal(hol_molecule_letter("U"), 'U');
    assert_int_equal(hol_molecule_letter("PSU"), 'U');
    assert_int_equal(hol_molecule_letter("AL"), 0);
    assert_int_equal(hol_molecule_letter("HOH"), 0);
    assert_int_equal(hol_molecule_letter(""), 0);
}

/* programs that know no numbers in the entity write ?; without group_PDB what has such a number is part of the chain */
static void test_read_takes_mmcif_of_other_programs(void **state) {
    (void)state;
    static const char head[] = "data_x\nloop_\n_atom_site.group_PDB\n_atom_site.label_atom_id\n"
                               "_atom_site.label_comp_id\n_atom_site.label_asym_id\n_atom_site.label_seq_id\n"
                               "_atom_site.auth_seq_id\n_atom_site.Cartn_x\n_atom_site.Cartn_y\n_atom_site.Cartn_z\n";
    char text[1024];
    hol_molecule m;
    (void)snprintf(text, sizeof text, "%s%s", head, "ATOM CA GLY A ? 7 1 2 3\nHETATM O HOH A ? 8 1 2 3\n");
    assert_ok(hol_molecule_read("x", text, NULL, &m));
    assert_int_equal(m.count, 1);
    assert_int_equal(m.residues[0].number, 7);
    hol_molecule_clear(&m);
    (void)snprintf(text, sizeof text, "%s%s", head, "? CA UNK A 1 7 1 2 3\n? CA CA A . 8 1 2 3\n");
    assert_ok(hol_molecule_read("x", text, NULL, &m));
    assert_int_equal(m.count, 1);
    hol_molecule_clear(&m);
}

/* of nucleotides C1' stands for CB; modified ones without TER are known by their atoms, and ATP is none */
static void test_read_takes_nucleotides(void **state) {
    (void)state;
    static const char text[] = "ATOM      1  P     G A   1       1.000   0.000   0.000\n"
                               "ATOM      2  C1'   G A   1       2.000   0.000   0.000\n"
                               "HETATM    3  P   XYZ A   2       3.000   0.000   0.000\n"
                               "HETATM    4  C1' XYZ A   2       4.000   0.000   0.000\n"
                               "HETATM    5  PA  ATP A   3       3.000   0.000   0.000\n"
                               "HETATM    6  C1' ATP A   3       4.000   0.000   0.000\n";
    hol_molecule m;
    assert_ok(hol_molecule_read("x", text, NULL, &m));
    assert_int_equal(m.count, 2);
    assert_int_equal(m.residues[0].letter, 'G');
    assert_int_equal(m.residues[1].letter, 'X');
    assert_true(m.atoms[m.residues[1].center].at[0] == 4);
    hol_molecule_clear(&m);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_pdb_and_mmcif_alike),
        cmocka_unit_test(test_read_refuses),
        cmocka_unit_test(test_letters_of_residues),
        cmocka_unit_test(test_read_takes_nucleotides),
        cmocka_unit_test(test_read_takes_mmcif_of_other_programs),
    };
    return hol_test_main(argc, argv, "molecule", tests, HOL_TEST_COUNT(tests));
}
