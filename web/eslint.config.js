import js from '@eslint/js'
import jsxA11y from 'eslint-plugin-jsx-a11y'
import reactHooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'src/api/schema.d.ts'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  jsxA11y.flatConfigs.recommended,
  reactHooks.configs.flat['recommended-latest'],
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['eslint.config.js', 'postcss.config.js'] } },
    },
    rules: {
      'max-lines': ['error', 400],
      complexity: ['error', 10],
      'no-console': 'error',
      // What is skipped is not tested; in Python CI counts skips, here they cannot be written at all.
      'no-restricted-syntax': [
        'error',
        {
          selector: 'MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(skip|skipIf|runIf|todo|only)$/]',
          message: 'CI allows no skipped test.',
        },
      ],
      // Numbers in template strings are what a page is made of.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `onClick={() => setOpen(true)}` reads better than a block of one line.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      // The router signals a redirect by throwing its own value.
      '@typescript-eslint/only-throw-error': 'off',
    },
  },
  // In a page every `&&` counts, though it only says whether a part is shown.
  { files: ['**/*.tsx'], rules: { complexity: ['error', 18] } },
  // The invented gateway is data, not logic.
  { files: ['dev/**'], rules: { complexity: 'off' } },
  { files: ['**/*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
  { files: ['**/*.mjs'], languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } }, rules: { 'no-console': 'off' } },
)
